import assert from 'node:assert/strict'
import {
  card,
  COLLECTED,
  DECLINED_RENEWAL,
  scenario,
  type ScenarioWorld,
} from '@perennial/testkit/scenario'
import { theCase } from './the-case.ts'

const RECOVERED = [...COLLECTED, 'subscription.updated']
const DECLINED_AGAIN = ['payment.failed', 'invoice.payment_failed']
const SOLD = ['payment_intent.created', 'payment.succeeded', 'payment_intent.succeeded']
const NOT_SOLD = ['payment_intent.created', 'payment.failed', 'payment_intent.payment_failed']

/** What a set-up at the gateway says that is broken: every code is about the card, and none is true. */
const NONSENSE = [
  'insufficient_funds',
  'service_not_allowed',
  'do_not_honor',
  'invalid_account',
  'processing_error',
  'card_not_supported',
]

/** Somebody buys a sticker, or would. */
async function buy(
  world: ScenarioWorld,
  sale: { readonly who: string; readonly token: string; readonly events: readonly string[] },
): Promise<void> {
  const customer = await world.customer(sale.who)
  const paymentMethodId = await world.addCard(customer, sale.token)
  const body = {
    customerId: customer.id,
    paymentMethodId,
    amountMinor: 9_00,
    description: 'Sticker',
  }
  await world.api.call('POST', '/charges', { body })
  await world.expects(sale.events.map((type) => `${sale.who}: ${type}`))
}

const both = (events: readonly string[]) => ({ Ada: events, Ben: events })

scenario(
  'bills that fall due in an outage of ours outlive it, whatever they are refused with, and the merchant is told',
  async (world) => {
    await world.api.patch('/account', { settings: { recovery: { policy: 'ladder' } } })
    const ada = await world.subscribe({ who: 'Ada', on: '2027-01-31' })
    const ben = await world.subscribe({ who: 'Ben' })
    for (let sale = 0; sale < 20; sale += 1)
      await buy(world, { who: 'Cleo', token: card.good, events: SOLD })

    await ada.replaceCard(card.declinesUntil('2027-03-09', 'service_not_allowed'))
    await ben.replaceCard(card.declinesUntil('2027-03-09', 'insufficient_funds'))
    await world.goTo('2027-02-28', { events: both(DECLINED_RENEWAL) })
    let buyers = 0
    for (const day of ['2027-02-28', '2027-03-01', '2027-03-02']) {
      // Ada waits, because the set-up is said to be at fault; Ben's money is waited for as the ladder says.
      const events = day === '2027-03-01' ? DECLINED_AGAIN.map((type) => `Ben: ${type}`) : []
      await world.goTo(day, { events })
      for (const code of NONSENSE) {
        buyers += 1
        await buy(world, { who: `Buyer${buyers}`, token: card.declines(code), events: NOT_SOLD })
      }
    }
    // Enough cards were refused: from now on nobody is kept waiting for what they were refused with, and no try counts.
    await world.goTo('2027-03-03', {
      events: { ...both(DECLINED_AGAIN), '': ['recovery.outage_suspected'] },
    })
    for (const day of [4, 5, 6, 7, 8])
      await world.goTo(`2027-03-0${day}`, { events: both(DECLINED_AGAIN) })
    assert.equal(await ada.status(), 'past_due')
    const story = JSON.stringify((await theCase(world, '&state=open')).at('data.decisions'))
    assert.match(story, /retries up to 2027-03-08.* fell into an outage of ours and do not count/)
    const open = await world.api.get('/recovery/cases?state=open')
    assert.deepEqual([open.at('data.0.retries_made'), open.at('data.1.retries_made')], [0, 0])

    await world.goTo('2027-03-09', { events: both(RECOVERED) })
    for (let sale = 0; sale < 4; sale += 1)
      await buy(world, { who: 'Cleo', token: card.good, events: SOLD })
    await world.goTo('2027-03-10', { events: ['recovery.outage_ended'] })
    assert.deepEqual([await ada.status(), await ben.status()], ['active', 'active'])
    const told = await world.api.get('/events?type=recovery.outage_ended')
    assert.partialDeepStrictEqual(told.at('data.0.data.object'), {
      object: 'recovery_outage',
      gateway: 'amber',
      currency: 'USD',
      source: 'own',
    })
    assert.deepEqual(await world.brokenRules(), [])
  },
)
