import assert from 'node:assert/strict'
import { scenario, type ScenarioWorld, type Subscriber } from '@perennial/testkit/scenario'

const BILLED = ['invoice.created', 'invoice.finalized']
const PAID = ['payment.succeeded', 'invoice.paid', 'subscription.renewed']
const REFUSED = ['payment.failed', 'invoice.payment_failed']

/** Ada, who has paid the first month by card; the next are taken from her account. */
async function payingByDebit(world: ScenarioWorld, token: string): Promise<Subscriber> {
  const ada = await world.subscribe({ on: '2027-01-04', currency: 'EUR' })
  await useAccount(world, ada, token)
  await world.goTo('2027-02-04', { events: BILLED }) // a Thursday
  assert.equal(await ada.status(), 'active')
  assert.deepEqual(await ada.bills(), ['2900 paid', '2900 finalized'])
  return ada
}

async function useAccount(
  world: ScenarioWorld,
  { customer }: Subscriber,
  token: string,
): Promise<void> {
  const body = { customer_id: customer.id, token, is_default: true }
  const added = await world.api.post('/payment-methods', body)
  assert.partialDeepStrictEqual(added.at('data'), {
    type: 'bank_account',
    bank_account: { country: 'DE' },
  })
}

/** The newest transaction, as "sale succeeded EUR 2900 null". */
async function newest(world: ScenarioWorld): Promise<string> {
  const list = await world.api.get('/transactions?limit=1')
  return ['type', 'status', 'currency', 'amount', 'gateway_response_code']
    .map((name) => String(list.at(`data.0.${name}`)))
    .join(' ')
}

const waitsFor = async (world: ScenarioWorld) =>
  (await world.api.get('/recovery/cases')).at('data.0.waits_for')

scenario(
  'a SEPA debit is pending for five business days, and then pays the renewal',
  async (world) => {
    const ada = await payingByDebit(world, 'tok_sepa')
    const attempts = await world.api.get('/payment-attempts?limit=1')
    assert.equal(attempts.at('data.0.attempt_status'), 'pending')
    await world.goTo('2027-02-10')
    await world.goTo('2027-02-11', { events: PAID })
    assert.deepEqual(await ada.bills(), ['2900 paid', '2900 paid'])
    assert.equal(await newest(world), 'sale succeeded EUR 2900 null')
  },
)

scenario(
  'a SEPA debit that the bank refuses before it settles (AM04) is owed, and taken from another account',
  async (world) => {
    const ada = await payingByDebit(world, 'tok_sepa_return_AM04')
    await world.goTo('2027-02-11', { events: [...REFUSED, 'subscription.past_due'] })
    assert.equal(await ada.status(), 'past_due')
    assert.equal(await newest(world), 'sale failed EUR 2900 insufficient_funds')
    // Money may be there tomorrow, unlike after a mandate that was called off.
    assert.equal(await waitsFor(world), 'try')
    await useAccount(world, ada, 'tok_sepa')
    await world.goTo('2027-02-17')
    await world.goTo('2027-02-18', { events: [...PAID, 'subscription.updated'] })
    assert.equal(await ada.status(), 'active')
    assert.deepEqual(await ada.bills(), ['2900 paid', '2900 paid'])
  },
)

scenario(
  'a SEPA debit that is returned after it has settled (MD01) is owed again, and that account is not debited again',
  async (world) => {
    const ada = await payingByDebit(world, 'tok_sepa_return_MD01_after_5')
    await world.goTo('2027-02-11', { events: PAID })
    await world.goTo('2027-02-16', {
      events: ['payment.returned', 'invoice.payment_failed', 'subscription.past_due'],
    })
    assert.equal(await newest(world), 'adjustment succeeded EUR 2900 MD01')
    assert.deepEqual(await ada.bills(), ['2900 paid', '2900 finalized'])
    assert.equal(await waitsFor(world), 'card')
    await world.goTo('2027-02-19')
    await useAccount(world, ada, 'tok_sepa')
    await world.goTo('2027-02-26', {
      events: ['payment.succeeded', 'invoice.paid', 'subscription.updated'],
    })
    assert.deepEqual(await ada.bills(), ['2900 paid', '2900 paid'])
  },
)
