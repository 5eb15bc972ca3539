import assert from 'node:assert/strict'
import { story } from './biller.ts'

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
