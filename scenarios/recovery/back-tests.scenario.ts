import assert from 'node:assert/strict'
import { card, COLLECTED, scenario } from '@perennial/testkit/scenario'

const ISSUED = ['invoice.created', 'invoice.finalized']
const AGAIN = ['payment.failed', 'invoice.payment_failed']
const FAILED = [...AGAIN, 'subscription.past_due']

scenario('a back-test counts what retries won by themselves, of what is old enough to be judged', async (world) => {
  await world.api.patch('/account', { settings: { recovery: { policy: 'ladder' } } })
  const ada = await world.subscribe({ on: '2027-01-31', who: 'Ada' })
  await ada.replaceCard(card.declinesUntil('2027-03-03', 'insufficient_funds'))
  const cy = await world.subscribe({ who: 'Cy' })
  await cy.replaceCard(card.declinesUntil('2027-03-02', 'insufficient_funds'))
  await world.goTo('2027-02-28', { events: [...ISSUED, ...ISSUED, ...FAILED, ...FAILED] })
  await world.goTo('2027-03-02', { events: [...AGAIN, ...AGAIN] })
  // Somebody charges a part of what Cy owes, and the retry of the next day the rest: the retry alone has not won it.
  const [bill] = (await world.api.get(`/invoices?subscription_id=${cy.id}&status=finalized`)).at('data') as { id: string }[]
  await world.api.post(`/invoices/${bill?.id}/pay`, { amount_minor: 10_00 })
  await world.expects(['payment.succeeded'])
  await world.goTo('2027-03-04', { events: [...COLLECTED, 'subscription.updated', ...COLLECTED, 'subscription.updated'] })

  const replay = async () => world.api.post('/recovery/back-tests', { policies: ['ladder', 'none'] })
  const early = await replay()
  assert.deepEqual([early.at('data.cases'), early.at('data.left_out'), early.at('data.horizon_days')], [0, 2, 28])
  assert.match(String(early.at('data.notes.1')), /^2 recoveries that began less than 28 days ago/)

  await world.goTo('2027-03-29')
  const late = await replay()
  assert.deepEqual([late.at('data.cases'), late.at('data.left_out')], [2, 0])
  assert.deepEqual([late.at('data.actual.recovered_minor'), late.at('data.actual.attempts')], [29_00, 3])
  // Two payments are won or not: the range says so.
  assert.equal(late.at('data.results.0.low_minor'), 0)
  assert.ok(Number(late.at('data.results.0.high_minor')) >= 29_00)
}) // prettier-ignore
