import assert from 'node:assert/strict'
import { freshToken, openBiller, story, type Biller } from './biller.ts'

/** Hands a payment over that lacked money: it waits for payday. */
async function wait(biller: Biller, amount: number, more: object = {}) {
  const token = freshToken()
  const body = { paymentMethodToken: token, amount, originalDeclineCode: 'insufficient_funds' }
  const answer = await biller.execute({ ...body, ...more })
  assert.deepEqual([answer.status, answer.at('status')], [202, 'queued'])
  return { token, id: answer.text('transactionId') }
}

const cancel = (biller: Biller, id: string, options: { key?: string } = {}) =>
  biller.call('POST', `/api/recovery/cancel/${id}`, options)

async function stateOf(biller: Biller, id: string) {
  return (await biller.call('GET', `/api/recovery/status/${id}`)).at('state')
}

story('what was paid elsewhere is called off, and payday charges nothing', async (world, biller) => {
  const { id } = await wait(biller, 5000)
  const other = await openBiller(world)
  assert.equal((await cancel(other, id)).status, 404)
  await other.close()
  assert.equal((await cancel(biller, 'nonsense')).status, 404)
  assert.equal((await cancel(biller, id, { key: biller.publishableKey })).status, 401)
  assert.equal(await stateOf(biller, id), 'queued')

  const first = await cancel(biller, id)
  assert.equal(first.status, 200)
  assert.partialDeepStrictEqual(first.body, { state: 'canceled', recovered: false, nextAttemptAt: null }) // prettier-ignore
  assert.deepEqual((await cancel(biller, id)).body, first.body)
  await world.goTo('2027-02-01')
  assert.equal((await world.charges()).length, 0)
  assert.deepEqual(await biller.hooks(), [])
}) // prettier-ignore

story('only what has charged nothing is called off', async (world, biller) => {
  const paid = await biller.execute({ paymentMethodToken: freshToken(), amount: 5000 })
  const late = await cancel(biller, paid.text('transactionId'))
  assert.deepEqual([late.status, late.at('existingStatus')], [409, 'succeeded'])

  const lost = { paymentMethodToken: 'tok_timeout_not_charged', amount: 5100 }
  const unknown = await biller.execute(lost)
  const out = await cancel(biller, unknown.text('transactionId'))
  assert.deepEqual([out.status, out.at('existingStatus')], [409, 'unknown'])

  const blocked = await biller.execute({ paymentMethodToken: freshToken(), amount: 5200, originalDeclineCode: 'fraudulent' }) // prettier-ignore
  const ended = await cancel(biller, blocked.text('transactionId'))
  assert.deepEqual([ended.status, ended.at('state')], [200, 'blocked'])
  assert.equal((await world.charges()).length, 2)
})

story('what failed and was paid elsewhere is owed no more once it is called off', async (world, biller) => {
  const who = { amount: 5000, customerEmail: 'ada@example.com' }
  const path = '/api/recovery/paywall-status?customerEmail=ada%40example.com'
  const owed = async () => (await biller.call('GET', path)).at('totalOwedCents')
  const fail = async (more: object) =>
    (await biller.execute({ paymentMethodToken: freshToken(), ...who, ...more })).text('transactionId')
  const failed = await fail({ simulateOutcome: 'failed' })
  const blocked = await fail({ originalDeclineCode: 'fraudulent' })
  assert.equal(await owed(), 10_000)
  for (const _ of [1, 2]) {
    const called = await cancel(biller, failed)
    assert.deepEqual([called.status, called.at('state'), called.at('status')], [200, 'failed', 'failed'])
    assert.equal(await owed(), 5000)
  }
  const shown = await world.api.get(`/recovery/handed-over/${failed}`)
  const told = (shown.at('data.decisions') as { state: string }[]).map(({ state }) => state)
  assert.deepEqual(told, ['failed', 'canceled'])
  await cancel(biller, blocked)
  assert.equal(await owed(), 0)
  assert.deepEqual((await biller.hooks()).map(({ event }) => event), ['recovery.failed', 'recovery.blocked'])
}) // prettier-ignore

story('a payer who comes back and pays is not charged on payday', async (world, biller) => {
  const who = { customerEmail: 'ada@example.com' }
  const first = await wait(biller, 5000, { ...who, idempotencyKey: 'invoice-1' })
  const byCard = await wait(biller, 6000)
  const theirs = await wait(biller, 5000, { customerEmail: 'ben@example.com' })
  await world.api.post('/test-clock/advance', { seconds: 3600 })
  const other = { paymentMethodToken: freshToken(), amount: 5000, customerPresent: true }
  const paid = await biller.execute({ ...other, ...who, idempotencyKey: 'invoice-1-again' })
  assert.deepEqual([paid.at('success'), paid.at('endedTransactionId')], [true, first.id])
  const same = { paymentMethodToken: byCard.token, amount: 6000, customerPresent: true }
  assert.equal((await biller.execute(same)).at('endedTransactionId'), byCard.id)

  for (const { id } of [first, byCard]) assert.equal(await stateOf(biller, id), 'canceled')
  assert.equal((await world.charges()).length, 2)
  await world.goTo('2027-02-01')
  assert.equal(await stateOf(biller, theirs.id), 'succeeded')
  assert.equal((await world.charges()).length, 3)
})

story('a payment that waited for a card ends when it is paid with another', async (world, biller) => {
  const who = { amount: 5000, customerEmail: 'ada@example.com' }
  const expired = { paymentMethodToken: freshToken(), originalDeclineCode: 'expired_card', ...who }
  const id = (await biller.execute(expired)).text('transactionId')
  assert.equal(await stateOf(biller, id), 'awaiting_card')
  await world.goTo('2027-01-03')
  const paid = await biller.execute({ paymentMethodToken: freshToken(), ...who })
  assert.equal(paid.at('endedTransactionId'), id)
  // The older one has an end of its own, which names the one that stands for it.
  const hooks = await biller.hooks()
  const ends = hooks.map(({ event, at }) => [at('revtainTransactionId'), event])
  const newer = paid.text('transactionId')
  assert.deepEqual(new Map(ends as [unknown, string][]), new Map([[newer, 'recovery.success'], [id, 'recovery.failed']]))
  const told = hooks.find(({ event }) => event === 'recovery.failed')
  assert.deepEqual([told?.at('state'), told?.at('recommendedAction')], ['canceled', 'monitor'])
  const status = await biller.call('GET', `/api/recovery/status/${id}`)
  assert.partialDeepStrictEqual(status.body, { status: 'failed', state: 'canceled', recommendedAction: 'monitor', recommendedActionReason: told?.at('message') })
  assert.ok(String(told?.at('message')).includes(newer))
  await world.goTo('2027-02-01')
  assert.deepEqual(await biller.hooks(), [])
  assert.equal((await world.charges()).length, 1)
}) // prettier-ignore

story('two bills of one amount on one card are both paid', async (world, biller) => {
  const who = { customerEmail: 'ada@example.com' }
  const first = await wait(biller, 5000, who)
  await world.api.post('/test-clock/advance', { seconds: 301 })
  // Nobody is there: a bill of its own.
  const bill = { paymentMethodToken: first.token, amount: 5000, ...who }
  assert.equal((await biller.execute(bill)).at('endedTransactionId'), undefined)
  assert.equal(await stateOf(biller, first.id), 'queued')

  // Which of two was paid nobody can tell.
  const second = await wait(biller, 5000, who)
  const present = { paymentMethodToken: freshToken(), amount: 5000, customerPresent: true, ...who }
  assert.equal((await biller.execute(present)).at('endedTransactionId'), undefined)
  for (const { id } of [first, second]) assert.equal(await stateOf(biller, id), 'queued')
  await world.goTo('2027-02-01')
  assert.equal((await world.charges()).length, 4)
})
