import assert from 'node:assert/strict'
import { freshToken, linkOf, story, type Biller } from './biller.ts'

/** Hands a payment over whose card has expired, so that it waits for another one. */
async function awaitCard(biller: Biller, amount: number): Promise<{ token: string; id: string }> {
  const token = freshToken()
  const body = { paymentMethodToken: token, amount, originalDeclineCode: 'expired_card' }
  return { token, id: (await biller.execute(body)).text('transactionId') }
}

async function replace(biller: Biller, old: string, newPaymentMethodToken: string) {
  const body = { newPaymentMethodToken }
  return biller.call('POST', await linkOf(biller, old), { key: null, body })
}

story('what moved to another card is not charged again when it is handed over with that one', async (world, biller) => {
  const paid = await awaitCard(biller, 5000)
  const good = freshToken()
  await replace(biller, paid.token, good)
  const again = await biller.execute({ paymentMethodToken: good, amount: 5000 })
  assert.deepEqual([again.status, again.at('existingTransactionId'), again.at('existingStatus')], [409, paid.id, 'succeeded']) // prettier-ignore
  assert.equal((await world.charges()).length, 1)

  // Declined, it goes on with the new card, of which its biller may not have heard for a day.
  const waiting = await awaitCard(biller, 6000)
  const poor = 'tok_decline_do_not_honor'
  await replace(biller, waiting.token, poor)
  assert.equal((await world.charges()).length, 2)
  const same = { paymentMethodToken: poor, amount: 6000 }
  for (const seconds of [301, 22 * 3600]) {
    await world.api.post('/test-clock/advance', { seconds })
    const charged = (await world.charges()).length
    const repeated = await biller.execute({ ...same, idempotencyKey: 'same-invoice' })
    assert.deepEqual([repeated.status, repeated.at('existingTransactionId')], [409, waiting.id])
    assert.match(repeated.text('error'), /went over to this card less than a day ago/)
    assert.equal((await world.charges()).length, charged)
  }
  // A week later it is the next bill, though the first one still waits.
  await world.api.post('/test-clock/advance', { days: 6 })
  assert.equal((await biller.call('GET', `/api/recovery/status/${waiting.id}`)).at('state'), 'queued') // prettier-ignore
  const next = await biller.execute({ ...same, idempotencyKey: 'next-invoice' })
  assert.equal(next.status, 200)
  assert.notEqual(next.at('transactionId'), waiting.id)
  // Another payment of that card is another payment.
  assert.equal((await biller.execute({ paymentMethodToken: poor, amount: 6001 })).status, 200)
}) // prettier-ignore

story('a fallback that was charged counts for the five minutes as well', async (world, biller) => {
  const fallback = freshToken()
  const first = await biller.execute({
    paymentMethodToken: 'tok_decline_do_not_honor',
    fallbackPaymentMethodTokens: [fallback],
    amount: 5000,
  })
  assert.equal(first.at('success'), true)
  const body = { paymentMethodToken: fallback, amount: 5000 }
  const again = await biller.execute(body)
  assert.deepEqual([again.status, again.at('existingTransactionId')], [409, first.at('transactionId')]) // prettier-ignore
  assert.equal((await world.charges()).length, 2)
  await world.api.post('/test-clock/advance', { seconds: 301 })
  assert.equal((await biller.execute(body)).status, 200)
})

story('a new card that is given and handed over at the same moment is charged once', async (world, biller) => {
  for (const amount of [5000, 5100, 5200, 5300]) {
    const { token } = await awaitCard(biller, amount)
    const good = freshToken()
    const path = await linkOf(biller, token)
    const before = (await world.charges()).length
    await Promise.all([
      biller.call('POST', path, { key: null, body: { newPaymentMethodToken: good } }),
      biller.execute({ paymentMethodToken: good, amount }),
    ])
    assert.equal((await world.charges()).length, before + 1)
  }
  // What is handed over with the new card before the link is used takes the waiting one's place.
  const { token, id } = await awaitCard(biller, 5400)
  const good = freshToken()
  const before = (await world.charges()).length
  assert.equal((await biller.execute({ paymentMethodToken: good, amount: 5400 })).status, 200)
  await biller.hooks()
  await replace(biller, token, good)
  const ended = (await biller.hooks()).find(({ event }) => event === 'recovery.failed')
  assert.deepEqual([ended?.at('revtainTransactionId'), ended?.at('state'), ended?.at('recommendedAction')], [id, 'canceled', 'monitor']) // prettier-ignore
  assert.equal((await world.charges()).length, before + 1)
  const shown = await biller.call('GET', `/api/recovery/status/${id}`)
  assert.deepEqual([shown.at('state'), shown.at('nextAttemptAt')], ['canceled', null])
  // Five failed and five were won: what took another's place is no failure of its own.
  const month = await biller.call('GET', '/api/reports/monthly?month=2027-01')
  const won = { failed: 5, recovered: 5, recoveryRate: 1 }
  assert.partialDeepStrictEqual(month.at('byCount.0'), won)
}) // prettier-ignore

story('a new card takes the place of the old one in whatever goes on with it', async (world, biller) => {
  // Its answer is lost while the payer gives another card.
  const unknown = await biller.execute({ paymentMethodToken: 'tok_timeout_not_charged', amount: 5000 })
  assert.equal(unknown.at('status'), 'unknown')
  await replace(biller, 'tok_timeout_not_charged', freshToken())
  world.house.clock.moveOn(600_000)
  await world.goTo('2027-01-02')
  const found = await biller.hooks()
  assert.deepEqual(found.map((hook) => [hook.event, hook.at('trigger')]), [['card.updated', undefined], ['recovery.success', 'card_update']]) // prettier-ignore

  // It was handed over with a card that had expired, and goes on with a fallback.
  const expired = freshToken()
  const going = await biller.execute({
    paymentMethodToken: expired,
    fallbackPaymentMethodTokens: ['tok_decline_do_not_honor'],
    originalDeclineCode: 'expired_card',
    amount: 5100,
  })
  assert.equal(typeof going.at('nextAttemptAt'), 'string')
  await replace(biller, expired, freshToken())
  const shown = await biller.call('GET', `/api/recovery/status/${going.text('transactionId')}`)
  assert.equal(shown.at('status'), 'succeeded')
}) // prettier-ignore

story('more than a hundred payments move to a new card', async (world, biller) => {
  const paymentMethodToken = freshToken()
  for (let index = 0; index < 102; index += 1) {
    if (index % 50 === 0) world.house.clock.moveOn(61_000)
    const body = { paymentMethodToken, amount: 5000 + index, originalDeclineCode: 'expired_card' }
    assert.equal((await biller.execute(body)).status, 202)
  }
  await replace(biller, paymentMethodToken, freshToken())
  // Those that a busy machine had no time to begin are tried again.
  world.house.clock.moveOn(600_000)
  await world.goTo('2027-01-03')
  assert.equal((await world.charges()).length, 102)
})
