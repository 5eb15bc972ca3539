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
