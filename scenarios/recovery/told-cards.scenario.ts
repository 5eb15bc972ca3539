import assert from 'node:assert/strict'
import {
  card,
  COLLECTED,
  DECLINED_RENEWAL,
  memberOf,
  scenario,
  type ScenarioWorld,
} from '@perennial/testkit/scenario'
import { theCase } from './the-case.ts'

/** A virtual number for a single use; a prepaid card that holds enough for one charge. */
const SINGLE_USE = 'tok_approved_advice_41'
const PREPAID = 'tok_approved_advice_40_then_insufficient_funds'

const UNCHARGED = [
  'invoice.created',
  'invoice.finalized',
  'invoice.payment_failed',
  'subscription.past_due',
]
const RECOVERED = [...COLLECTED, 'subscription.updated']

async function chargesOf(world: ScenarioWorld, token: string): Promise<number> {
  return (await world.charges()).filter((charge) => memberOf(charge, 'token') === token).length
}

scenario(
  'a number that its first charge has spent is not charged again, and another card is asked for',
  async (world) => {
    const ada = await world.subscribe({ on: '2027-01-31', card: SINGLE_USE })
    const attempts = await world.api.get('/payment-attempts')
    assert.deepEqual(
      [attempts.at('data.0.attempt_status'), attempts.at('data.0.network_advice_code')],
      ['succeeded', '41'],
    )
    await world.goTo('2027-02-28', { events: UNCHARGED })
    const waiting = await theCase(world)
    assert.equal(waiting.at('data.waits_for'), 'card')
    assert.equal(waiting.at('data.decisions.0.guard.rule'), 'single_use')
    assert.match(
      waiting.text('data.decisions.0.reasons.0'),
      /^approved on 2027-01-31T.* with the network's advice 41 \("A virtual number for a single use/,
    )
    await world.goTo('2027-03-02')
    assert.equal(await chargesOf(world, SINGLE_USE), 1)
    await ada.replaceCard(card.good)
    await world.goTo('2027-03-02', { events: RECOVERED })
    assert.equal(await ada.status(), 'active')
  },
)

scenario(
  'a prepaid card that cannot be loaded again is not waited for to have money',
  async (world) => {
    const ada = await world.subscribe({ on: '2027-01-31', card: PREPAID })
    await world.goTo('2027-02-28', { events: DECLINED_RENEWAL })
    const waiting = await theCase(world)
    assert.equal(waiting.at('data.waits_for'), 'card')
    assert.equal(waiting.at('data.decisions.0.guard.rule'), 'retry_prepaid')
    assert.match(waiting.text('data.decisions.0.reasons.0'), /advice 40 \("A prepaid card/)
    await world.goTo('2027-03-04')
    assert.equal(await chargesOf(world, PREPAID), 2)
    await ada.replaceCard(card.good)
    await world.goTo('2027-03-04', { events: RECOVERED })
  },
)

scenario(
  'what an authorisation holds of a number that it has spent can be captured',
  async (world) => {
    const ada = await world.customer('Ada')
    const payment_method = await world.addCard(ada, SINGLE_USE)
    const wish = { customer: ada.id, amount: 5000, currency: 'USD', payment_method }
    const intent = await world.api.post('/payment-intents', { ...wish, capture_method: 'manual' })
    const path = `/payment-intents/${intent.text('id')}`
    const held = await world.api.post(`${path}/confirm`, {})
    assert.equal(held.at('amount_capturable'), 5000)
    assert.equal((await world.api.post(`${path}/capture`, {})).at('status'), 'succeeded')
    await world.expects(['payment_intent.created', 'payment.succeeded', 'payment_intent.succeeded'])
    assert.equal(await chargesOf(world, SINGLE_USE), 1)
  },
)
