import assert from 'node:assert/strict'
import {
  card,
  memberOf,
  PAID_RENEWAL,
  scenario,
  type ScenarioWorld,
} from '@perennial/testkit/scenario'
import { wayOf } from './decisions.ts'
import { gatewaysInOrder } from './gateways-in-order.ts'

// Rules that look at what came of earlier charges: caps of a gateway, the last success of a subscription, approvals by BIN.

type Stage = {
  readonly world: ScenarioWorld
  /** Ids of the account's first two gateways. */
  readonly first: string
  readonly second: string
  readonly codes: ReadonlyMap<string, string>
}

async function openStage(world: ScenarioWorld): Promise<Stage> {
  const listed = await gatewaysInOrder(world)
  const [first, second] = listed
  const codes = new Map(listed.map(({ id, code }) => [id, code]))
  return { world, first: first.id, second: second.id, codes }
}

const entryOf = (gateway_id: string) => ({ kind: 'gateway', gateway_id })

let profiles = 0
async function useDefault({ world }: Stage, definition: object): Promise<string> {
  const body = { name: `Profile ${(profiles += 1)}`, definition }
  const id = (await world.api.post('/payment-profiles', body)).text('data.id')
  await world.api.patch('/account', { settings: { default_payment_profile_id: id } })
  await world.expects(['payment_profile.created'])
  return id
}

/** The same card by another name at each gateway: approved so often there. */
const approvedTimes = (count: number) => card.declinesAfter(count, 'do_not_honor')

type Payer = { readonly customerId: string; readonly paymentMethodId: string }
type Tokens = readonly [first: string, second: string]

/** A card with a token of its own at each gateway. */
async function addCard(stage: Stage, who: string, [token, other]: Tokens): Promise<Payer> {
  const { world, first, second, codes } = stage
  const { id: customer_id } = await world.customer(who)
  const body = { customer_id, type: 'card', token, gateway: codes.get(first) }
  const method = await world.api.post('/payment-methods', body)
  const paymentMethodId = method.text('data.public_id')
  const more = { gateway: codes.get(second), token: other }
  await world.api.post(`/payment-methods/${paymentMethodId}/tokens`, more)
  return { customerId: customer_id, paymentMethodId }
}

const PAID = ['payment_intent.created', 'payment.succeeded', 'payment_intent.succeeded']
const PAID_AFTER_DECLINE = ['payment_intent.created', 'payment.failed', ...PAID.slice(1)]
const REFUSED = ['payment_intent.created', 'payment.failed', 'payment_intent.payment_failed']

const send = (world: ScenarioWorld, payer: Payer) =>
  world.api.call('POST', '/charges', {
    body: { ...payer, amountMinor: 10_00, currency: 'USD', description: 'A lamp' },
  })

/** Charges the card so often; what came of it is the same each time. */
async function chargeTimes(
  { world }: Stage,
  payer: Payer,
  each: { readonly times: number; readonly events: readonly string[] },
) {
  const all = Array.from({ length: each.times }, () => each.events)
  for (const _ of all) await send(world, payer)
  await world.expects(all.flat())
}

/** Charges the card; tells the gateways in the order in which they were asked, and why the last one was. */
async function charge({ world, first }: Stage, payer: Payer, events: readonly string[]) {
  const charged = await send(world, payer)
  const id = charged.text(charged.status === 201 ? 'data.id' : 'error.details.chargeId')
  await world.expects(events)
  const attempts = (await world.api.get(`/payment-attempts?payment_intent_id=${id}`)).at('data')
  assert.ok(Array.isArray(attempts))
  const asked = attempts.toReversed() // they are listed newest first
  const last = String(memberOf(asked.at(-1), 'id'))
  const reasons = (await world.api.get(`/payment-attempts/${last}/routing`)).at('data.reasons')
  assert.ok(Array.isArray(reasons))
  const where = (attempt: unknown) => (memberOf(attempt, 'gateway') === first ? 'first' : 'second')
  return {
    way: asked.map(where).join(', '),
    why: reasons.map((reason) => String(memberOf(reason, 'text'))),
  }
}

scenario('a gateway is left out at the very figure of its cap', async (world) => {
  const stage = await openStage(world)
  const entries = [stage.first, stage.second].map(entryOf)
  await useDefault(stage, { kind: 'cascade', entries })
  const ada = await addCard(stage, 'Ada', ['tok_visa', 'tok_visa'])
  const bob = await addCard(stage, 'Bob', [approvedTimes(0), approvedTimes(9)])
  const dee = await addCard(stage, 'Dee', ['tok_dispute_fraudulent', 'tok_dispute_fraudulent'])
  // At the first gateway: three approvals, one decline, and a chargeback five days later.
  for (const payer of [ada, ada, dee]) assert.equal((await charge(stage, payer, PAID)).way, 'first')
  assert.equal((await charge(stage, bob, PAID_AFTER_DECLINE)).way, 'first, second')
  await world.goTo('2027-01-07', { events: ['dispute.created', 'payment.disputed'] })

  const rows = [
    // One chargeback: this charge is none yet.
    ['chargeback_count', 0, 'second', 1],
    ['chargeback_count', 1, 'first', null],
    // One decline; this one would be the second.
    ['declined_count', 1, 'second', 2],
    ['declined_count', 2, 'first', null],
    // Five approvals by now.
    ['approved_count', 5, 'second', 6],
    ['approved_count', 6, 'first', null],
    // One decline in eight attempts, with this one: 12.5 %.
    ['decline_rate', 12, 'second', 13],
    ['decline_rate', 13, 'first', null],
  ] as const
  for (const [metric, max, way, figure] of rows) {
    const global_cascade_rules = [{ metric, period: 'month', max }]
    await world.api.patch(`/gateways/${stage.first}`, { global_cascade_rules })
    await world.expects(['gateway.updated'])
    const charged = await charge(stage, ada, PAID)
    assert.equal(charged.way, way, `${metric} at most ${max}`)
    if (figure === null) continue
    const said = `is refused: ${metric} of the month would be ${figure}, above ${max}.`
    assert.ok(
      charged.why.some((sentence) => sentence.endsWith(said)),
      charged.why.join(' '),
    )
  }
})

/** Chooses by a trait, charges, and calls the whole thing off after a decline. */
function flowBy(stage: Stage, traits: object): object {
  const outputs = { next: 'charge' }
  const entries = [stage.second, stage.first].map(entryOf)
  return {
    kind: 'flow',
    nodes: [
      { id: 'start', type: 'start_payment_request', outputs: { next: 'choose' } },
      { id: 'choose', type: 'action_choose_gateway', pick: 'sort_order', entries, outputs, ...traits },
      { id: 'charge', type: 'action_process_payment', outputs: { declined: 'abort' } },
      { id: 'abort', type: 'action_abort' },
    ],
  } // prettier-ignore
}

scenario('a flow keeps to the last success, leaves it, and gives up', async (world) => {
  const stage = await openStage(world)
  const trait = ['last_success_of_subscription']
  // Approved at the first gateway at the start and in February, and then no more.
  await addCard(stage, 'Ada', [approvedTimes(2), approvedTimes(9)])
  const ada = await world.subscribe({ on: '2027-01-31', card: null })
  const profile = await useDefault(stage, flowBy(stage, { prefer_if_any: trait }))
  const decided = () => wayOf(world, ada)
  // Its list begins with the second gateway.
  await world.goTo('2027-02-28', { events: PAID_RENEWAL })
  assert.deepEqual(await decided(), [stage.first])

  const definition = flowBy(stage, { do_not_choose_if_any: trait })
  await world.api.patch(`/payment-profiles/${profile}`, { definition })
  await world.goTo('2027-03-31', { events: ['payment_profile.updated', ...PAID_RENEWAL] })
  assert.deepEqual(await decided(), [stage.second])

  await world.goTo('2027-04-30', {
    events: [
      'invoice.created',
      'invoice.finalized',
      'payment.failed',
      'invoice.payment_failed',
      'subscription.past_due',
    ],
  })
  assert.deepEqual(await decided(), [stage.first, 'aborted'])
})

/** The least that learned routing wants to have seen of a BIN at a gateway. */
const ENOUGH = 30

scenario('approvals of a BIN decide once there are enough of them', async (world) => {
  const stage = await openStage(world)
  for (const id of [stage.first, stage.second])
    await world.api.patch(`/gateways/${id}`, { smart_bin_enabled: true })
  await world.expects(['gateway.updated', 'gateway.updated'])
  // All of them begin with 400000.
  const good = 'tok_expires_203912'
  const refused = [
    card.declines('do_not_honor'),
    approvedTimes(0),
    card.declinesUntil('2039-01-01', 'do_not_honor'),
  ]
  const entriesTo = (id: string) => ({ kind: 'cascade', entries: [entryOf(id)] })

  await useDefault(stage, entriesTo(stage.first))
  for (const token of refused) {
    // The networks allow fewer tries of one card than it takes.
    const bad = await addCard(stage, 'Bob', [token, token])
    await chargeTimes(stage, bad, { times: ENOUGH / refused.length, events: REFUSED })
  }
  const ada = await addCard(stage, 'Ada', [good, good])
  await useDefault(stage, entriesTo(stage.second))
  await chargeTimes(stage, ada, { times: ENOUGH - 1, events: PAID })

  const choose = {
    id: 'choose',
    type: 'action_choose_gateway',
    pick: 'sort_order',
    smart_bin: true,
  }
  const entries = [stage.first, stage.second].map(entryOf)
  const learned = {
    kind: 'flow',
    nodes: [
      { id: 'start', type: 'start_payment_request', outputs: { next: 'choose' } },
      { ...choose, entries, outputs: { next: 'charge' } },
      { id: 'charge', type: 'action_process_payment' },
    ],
  }
  await useDefault(stage, learned)
  const before = await charge(stage, ada, PAID)
  assert.equal(before.way, 'first', '29 attempts at the second are too few')
  assert.ok(
    before.why.some((sentence) => sentence.endsWith('has bin_attempts 29.')),
    before.why.join(' '),
  )

  await useDefault(stage, entriesTo(stage.second))
  await charge(stage, ada, PAID)
  await useDefault(stage, learned)
  const after = await charge(stage, ada, PAID)
  assert.equal(after.way, 'second', '30 of 30 there, 1 of 31 here')
  assert.ok(
    after.why.some((sentence) => sentence.endsWith('is chosen by smart bin.')),
    after.why.join(' '),
  )
})
