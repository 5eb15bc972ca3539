import assert from 'node:assert/strict'
import {
  card,
  COLLECTED,
  memberOf,
  PAID_RENEWAL,
  PAID_START,
  scenario,
  type ScenarioWorld,
  type Subscriber,
} from '@perennial/testkit/scenario'
import { createProfile, operate, OVERDUE_RENEWAL, PRICE_MINOR } from '../profiles/shop.ts'
import { createDiscount, redemptions } from './discount.ts'

const IN_2031 = { on: '2031-01-01' } as const
const NAMES = ['Ada', 'Bob', 'Cyd', 'Dan', 'Eve', 'Fay', 'Gus', 'Hal']

/** Everybody at 40.00 every 30 days, from 15 January on. */
async function sellTo(world: ScenarioWorld, names: readonly string[]): Promise<Subscriber[]> {
  const profile = await createProfile(world)
  const sold: Subscriber[] = []
  for (const who of names)
    sold.push(
      await world.subscribe({
        who,
        on: '2031-01-15',
        priceMinor: PRICE_MINOR,
        terms: { subscription_profile_id: profile },
      }),
    )
  return sold
}

async function giveAll(
  world: ScenarioWorld,
  sold: readonly Subscriber[],
  id: string,
): Promise<void> {
  for (const who of sold) await operate(world, who, 'edit', { add_discounts: [id] })
  await world.expects(sold.map(() => 'subscription.updated'))
}

scenario(
  'two workers at once never use a discount more often than it may be used',
  IN_2031,
  async (world) => {
    const sold = await sellTo(world, NAMES)
    const five = await createDiscount(world, {
      code: 'FIVE',
      max_redemptions: 5,
      recurring_type: 'forever',
    })
    await giveAll(world, sold, five)
    const second = await world.house.startService({ tuning: { batchSize: 2 } })
    await Promise.all([world.renewAt('2031-02-14'), world.renewAt('2031-02-14', second)])
    await world.expects(Object.fromEntries(NAMES.map((who) => [who, PAID_RENEWAL])))
    const bills = await Promise.all(sold.map(async (who) => (await who.bills()).at(-1)))
    assert.equal(bills.filter((bill) => bill === '3600 paid').length, 5)
    assert.equal(bills.filter((bill) => bill === '4000 paid').length, 3)
    assert.equal(await redemptions(world, five), 5)

    // Called off after it was paid, and then voided, it has used nothing.
    const bill = (await Promise.all(sold.map(async (who) => (await who.invoices()).at(-1)))).find(
      (one) => one?.totalMinor === 36_00,
    )
    const paid = await world.api.get(`/transactions?invoice_id=${bill?.id}&type=sale`)
    await world.api.post('/voids', { payment_id: paid.text('data.0.id') })
    assert.equal(await redemptions(world, five), 5)
    await world.api.post(`/invoices/${bill?.id}/void`)
    await world.expects(['void.created', 'void.succeeded', 'payment.voided', 'invoice.voided'])
    assert.equal(await redemptions(world, five), 4)
  },
)

scenario(
  'a customer uses a discount as often as one customer may, over all subscriptions',
  IN_2031,
  async (world) => {
    const sold = await sellTo(world, ['Ada', 'Ada', 'Ada'])
    const own = await createDiscount(world, {
      code: 'OWN',
      max_redemptions_per_user: 2,
      recurring_type: 'forever',
    })
    await giveAll(world, sold, own)
    const billed = sold.flatMap(() => PAID_RENEWAL.slice(0, 2))
    const paid = sold.flatMap(() => COLLECTED)
    await world.goTo('2031-02-14', { events: [...billed, ...paid] })
    const bills = await Promise.all(sold.map(async (who) => (await who.bills()).at(-1)))
    assert.deepEqual(
      [2, 1],
      ['3600 paid', '4000 paid'].map((paid) => bills.filter((bill) => bill === paid).length),
    )
  },
)

scenario(
  'a bill that is not paid holds its use, counts it once it is, and gives it back when it is void',
  IN_2031,
  async (world) => {
    const [ada] = await sellTo(world, ['Ada'])
    assert.ok(ada !== undefined)
    const one = await createDiscount(world, { code: 'ONE', max_redemptions: 1 })
    await giveAll(world, [ada], one)
    await ada.replaceCard(card.declinesUntil('2031-02-20', 'insufficient_funds'))
    await world.goTo('2031-02-14', { events: OVERDUE_RENEWAL })
    assert.equal(await redemptions(world, one), 0)
    const eve = await world.subscribe({ who: 'Eve', priceMinor: PRICE_MINOR })
    const give = () =>
      world.api.call('POST', `/subscriptions/${eve.id}/edit`, { body: { add_discounts: [one] } })
    assert.match(String((await give()).at('error.message')), /used as often as it may/)

    const bill = (await ada.invoices()).at(-1)
    assert.ok(bill !== undefined)
    await world.api.post(`/invoices/${bill.id}/void`)
    await world.expects(['invoice.voided', 'subscription.updated', 'salvage_transaction.disabled'])
    assert.equal((await give()).status, 200)
    await world.goTo('2031-03-14', {
      events: ['Eve: subscription.updated', ...PAID_RENEWAL.map((type) => `Eve: ${type}`)],
    })
    assert.equal((await eve.bills()).at(-1), '3600 paid')
    assert.equal(await redemptions(world, one), 1)
    // Ada's was given back, and it is Eve's now.
    await world.goTo('2031-03-16', { events: PAID_RENEWAL.map((type) => `Ada: ${type}`) })
    assert.equal((await ada.bills()).at(-1), '4000 paid')
  },
)

scenario(
  'a bill that is kept as a draft holds its use, and gives it back when it gets other lines',
  IN_2031,
  async (world) => {
    const [ada] = await sellTo(world, ['Ada'])
    assert.ok(ada !== undefined)
    const one = await createDiscount(world, {
      code: 'ONE',
      max_redemptions: 1,
      recurring_type: 'forever',
    })
    await giveAll(world, [ada], one)
    await ada.pause('keep_as_draft')
    await world.goTo('2031-02-14', { events: ['subscription.paused', 'invoice.created'] })
    const draft = (await ada.invoices()).at(-1)
    assert.deepEqual([draft?.status, draft?.totalMinor], ['draft', 36_00])
    const eve = await world.subscribe({ who: 'Eve', priceMinor: PRICE_MINOR })
    const give = () =>
      world.api.call('POST', `/subscriptions/${eve.id}/edit`, { body: { add_discounts: [one] } })
    assert.equal((await give()).status, 400)
    const lines = [{ description: 'By hand', quantity: 1, unit_amount_minor: 36_00 }]
    await world.api.patch(`/invoices/${draft?.id}`, { line_items: lines })
    await world.expects(['invoice.updated'])
    assert.equal((await give()).status, 200)
    await world.expects(['subscription.updated'])
  },
)

scenario(
  'of many who subscribe with a code at once, as many are let in as the code allows, and the others are told',
  IN_2031,
  async (world) => {
    const profile = await createProfile(world)
    await createDiscount(world, { code: 'RUSH', max_redemptions: 3 })
    const price = await world.price({ priceMinor: PRICE_MINOR })
    const customers = await Promise.all(NAMES.map((who) => world.customer(who)))
    for (const customer of customers) await world.addCard(customer, card.good)
    const answers = await Promise.all(
      customers.map(async ({ id }) => {
        const body = {
          customer_id: id,
          price_id: price,
          subscription_profile_id: profile,
          discount_code: 'rush',
        }
        return world.api.call('POST', '/subscriptions', { body })
      }),
    )
    const refused = answers.filter(({ status }) => status !== 201)
    assert.deepEqual(
      refused.map((answer) => [answer.status, answer.at('error.code')]),
      refused.map(() => [400, 'validation_error']),
    )
    const begun = NAMES.filter((_name, index) => answers[index]?.status === 201)
    assert.equal(begun.length, 3)
    await world.expects(Object.fromEntries(begun.map((who) => [who, PAID_START])))
    const invoices = (await world.api.get('/invoices')).at('data')
    assert.ok(Array.isArray(invoices))
    assert.deepEqual(
      invoices.map((invoice) => memberOf(invoice, 'total_minor')),
      [36_00, 36_00, 36_00],
    )
  },
)
