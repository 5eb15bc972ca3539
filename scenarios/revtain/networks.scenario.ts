import assert from 'node:assert/strict'
import { freshToken, linkOf, story } from './biller.ts'

story('a fallback that its network has closed is not charged when the first card cannot be', async (world, biller) => {
  const [stolen, closed] = ['tok_decline_stolen_card', 'tok_advice_03']
  const waiting = await biller.execute({
    paymentMethodToken: stolen,
    fallbackPaymentMethodTokens: [closed],
    amount: 5000,
    originalDeclineCode: 'insufficient_funds',
  })
  assert.equal(waiting.at('status'), 'queued')
  // Other payments tell that neither may be tried again.
  const originalDeclineCode = 'do_not_honor'
  await biller.execute({ paymentMethodToken: stolen, amount: 5001, originalDeclineCode })
  await biller.execute({ paymentMethodToken: closed, amount: 5002, originalDeclineCode })
  assert.equal((await world.charges()).length, 2)

  await world.goTo('2027-02-10')
  assert.equal((await world.charges()).length, 2)
  const shown = await biller.call('GET', `/api/recovery/status/${waiting.text('transactionId')}`)
  assert.deepEqual([shown.at('status'), shown.at('recommendedAction')], ['failed', 'request_card_update']) // prettier-ignore
}) // prettier-ignore

story('what a network has forbidden for good stays forbidden', async (world, biller) => {
  const body = { amount: 5000, originalDeclineCode: 'do_not_honor' }
  const closed = [
    'tok_advice_03', // Mastercard: do not try again
    'tok_decline_stolen_card',
  ]
  for (const paymentMethodToken of closed) await biller.execute({ ...body, paymentMethodToken })
  // The biller's own refusal was one of Visa's category 1.
  const told = { paymentMethodToken: 'tok_visa', originalDeclineCode: '14' }
  await biller.execute({ ...body, ...told })
  assert.equal((await world.charges()).length, 2)
  await world.goTo('2027-06-01')
  for (const paymentMethodToken of [...closed, 'tok_visa']) {
    const answer = await biller.execute({ ...body, paymentMethodToken, binPrefix: '424242' })
    assert.deepEqual([paymentMethodToken, answer.status, answer.at('gatewaysAttempted')], [paymentMethodToken, 200, 0]) // prettier-ignore
  }
  assert.equal((await world.charges()).length, 2)
  const actions = (await biller.hooks()).slice(-3).map((hook) => hook.at('recommendedAction'))
  assert.deepEqual(
    actions,
    Array.from({ length: 3 }, () => 'request_card_update'),
  )
})

/** A Mastercard that is refused for now. */
const SHORT = 'tok_advice_02'

story('charges of one card at the same moment see each other', async (world, biller) => {
  const execute = (amount: number) => biller.execute({ paymentMethodToken: SHORT, amount, binPrefix: '555555', originalDeclineCode: 'do_not_honor' }) // prettier-ignore
  await execute(4000)
  await Promise.all(Array.from({ length: 20 }, (_, index) => execute(5000 + index)))
  // Each try of ours comes with one of the biller's own; Mastercard lets 9 be refused in a day.
  assert.ok((await world.charges()).length <= 4, `${(await world.charges()).length} charges`)
})

story('many payments that move to one card are charged as often as its network allows', async (world, biller) => {
  await biller.execute({ paymentMethodToken: SHORT, amount: 4000 })
  const old = freshToken()
  for (let index = 0; index < 14; index += 1)
    await biller.execute({ paymentMethodToken: old, amount: 5000 + index, originalDeclineCode: 'expired_card' }) // prettier-ignore
  const give = { key: null, body: { newPaymentMethodToken: SHORT } }
  assert.equal((await biller.call('POST', await linkOf(biller, old), give)).status, 200)
  assert.equal((await world.charges()).length, 8)
  // The others waited for the answers, which were refusals.
  await world.api.post('/test-clock/advance', { seconds: 12 * 3_600 })
  assert.equal((await world.charges()).length, 8)
  const failed = (await biller.hooks()).filter(({ event }) => event === 'recovery.failed')
  assert.deepEqual(new Set(failed.map((hook) => hook.at('recommendedAction'))), new Set(['request_card_update'])) // prettier-ignore
  assert.ok(failed.length >= 7, `${failed.length} failed`)
}) // prettier-ignore

story('a card that is known by its first digits alone is what they say, whoever charges it', async (world, biller) => {
  const card = { paymentMethodToken: freshToken(), binPrefix: '555555' }
  const short = { ...card, originalDeclineCode: 'insufficient_funds' }
  const dates = new Set<string>()
  for (let index = 0; index < 12; index += 1) {
    // The biller's own refusals count as well, so they come on two days.
    if (index === 6) await world.goTo('2027-01-03')
    dates.add((await biller.execute({ ...short, amount: 5000 + index })).text('scheduledFor'))
  }
  const [date = '', ...others] = dates
  assert.deepEqual(others, [])
  // Nine tries of a Mastercard are under way at most; the others follow an hour later.
  await world.goTo(date)
  assert.equal((await world.charges()).length, 9)
  await world.goTo('2027-02-10')
  assert.equal((await world.charges()).length, 12)
}, { retry_policy: 'schedule', billing_cycle_day: 20 }) // prettier-ignore

story('an answer that nobody knows is tried once more, a day later', async (world, biller) => {
  await biller.execute({ paymentMethodToken: 'tok_decline_testmode_decline', amount: 5000, originalDeclineCode: 'some_new_code' }) // prettier-ignore
  assert.equal((await world.charges()).length, 1)
  await world.goTo('2027-01-03')
  assert.equal((await world.charges()).length, 2)
  await world.goTo('2027-02-10')
  assert.equal((await world.charges()).length, 2)
  assert.deepEqual((await biller.hooks()).map(({ event }) => event), ['recovery.failed'])
}) // prettier-ignore

story('a number that its charge has spent is not charged for another payment', async (world, biller) => {
  const token = 'tok_approved_advice_41'
  const body = { paymentMethodToken: token, originalDeclineCode: 'do_not_honor' }
  const won = await biller.execute({ ...body, amount: 5000 })
  assert.equal(won.at('success'), true)
  await world.goTo('2027-02-10')
  const lost = await biller.execute({ ...body, amount: 6000 })
  assert.deepEqual([lost.at('success'), lost.at('gatewaysAttempted')], [false, 0])
  const shown = await biller.call('GET', `/api/recovery/status/${lost.text('transactionId')}`)
  assert.deepEqual([shown.at('status'), shown.at('recommendedAction')], ['failed', 'request_card_update']) // prettier-ignore
  assert.equal((await world.charges()).length, 1)
}) // prettier-ignore
