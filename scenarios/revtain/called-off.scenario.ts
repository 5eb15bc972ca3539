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
