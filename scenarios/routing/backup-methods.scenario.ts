import assert from 'node:assert/strict'
import { decodeId } from '@perennial/core/ids'
import {
  card,
  DECLINED_RENEWAL,
  memberOf,
  scenario,
  type ScenarioWorld,
  type Subscriber,
} from '@perennial/testkit/scenario'
import { decisionsOf } from './decisions.ts'

/** The card that a decision went on to, by its bare id. */
function enteredIn(decision: unknown): string | undefined {
  const reasons = memberOf(decision, 'reasons')
  assert.ok(Array.isArray(reasons))
  const entered = reasons.find((reason) => memberOf(reason, 'code') === 'method_entered')
  if (entered === undefined) return undefined
  const decoded = decodeId('payment_method', String(memberOf(entered, 'payment_method_id')))
  return decoded.kind === 'ok' ? decoded.id : undefined
}

/** Of the newest invoice: which of the customer's cards each charge went to, and why it stopped. */
async function cardsOf(world: ScenarioWorld, who: Subscriber): Promise<readonly unknown[]> {
  const decisions = await decisionsOf(world, who)
  return decisions.map((one) => enteredIn(one) ?? memberOf(one, 'stop_code'))
}

async function switchOn(world: ScenarioWorld): Promise<void> {
  const body = { settings: { payments: { backup_methods: true } } }
  const account = await world.api.patch('/account', body)
  assert.equal(account.at('data.settings.payments.backup_methods'), true)
}

scenario('where a card is refused, the next card of its customer pays', async (world) => {
  const ada = await world.subscribe({
    on: '2027-01-31',
    card: card.declinesAfter(1, 'expired_card'),
  })
  const [first] = await methodsOf(world, ada)
  const empty = await attachBehind(world, ada, card.declines('insufficient_funds'))
  const good = await attachBehind(world, ada, card.good)
  const inOrder = [first, empty, good].map((id, priority) => ({ payment_method_id: id, priority }))
  const body = { payment_methods: inOrder }
  const ordered = await world.api.call('PUT', `/customers/${ada.customer.id}/payment-methods`, {
    body,
  })
  assert.equal(ordered.status, 200, JSON.stringify(ordered.body))
  await world.expects([
    'payment_method.updated',
    'payment_method.updated',
    'payment_method.updated',
  ])
  await switchOn(world)
  await world.goTo('2027-02-28', {
    events: [
      'invoice.created',
      'invoice.finalized',
      'payment.failed',
      'payment.failed',
      'payment.succeeded',
      'invoice.paid',
      'subscription.renewed',
    ],
  })
  assert.deepEqual(await cardsOf(world, ada), [first, empty, good])
  assert.equal(await ada.status(), 'active')
})

scenario('what no other card cures is not asked of any', async (world) => {
  await switchOn(world)
  const ada = await world.subscribe({
    on: '2027-01-31',
    card: card.declinesAfter(1, 'fraudulent'),
  })
  const [first] = await methodsOf(world, ada)
  await attachBehind(world, ada, card.good)
  await world.goTo('2027-02-28', { events: DECLINED_RENEWAL })
  assert.deepEqual(await cardsOf(world, ada), [first, 'hard_decline'])
})

scenario('a card that a customer has given twice is charged once', async (world) => {
  await switchOn(world)
  const token = card.declinesAfter(1, 'insufficient_funds')
  const ada = await world.subscribe({ on: '2027-01-31', card: token })
  await attachBehind(world, ada, token)
  await world.goTo('2027-02-28', { events: DECLINED_RENEWAL })
  assert.equal((await world.charges()).length, 2)
})

async function methodsOf(world: ScenarioWorld, who: Subscriber): Promise<readonly string[]> {
  const listed = (await world.api.get(`/customers/${who.customer.id}/payment-methods`)).at('data')
  assert.ok(Array.isArray(listed))
  return listed.map((one) => String(memberOf(one, 'id')))
}

/** Another card, which does not become the default. */
async function attachBehind(world: ScenarioWorld, who: Subscriber, token: string): Promise<string> {
  const { id: customer_id } = who.customer
  const body = { customer_id, type: 'card', token, is_default: false }
  const made = await world.api.post('/payment-methods', body)
  return made.text('data.id')
}
