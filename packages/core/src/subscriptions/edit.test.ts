import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { parseCurrency, ratio } from '../money/index.ts'
import { assert } from '../fault/index.ts'
import { editSubscription, type EditDecision, type SubscriptionEdit } from './edit.ts'
import { cycleAmount } from './item-amount.ts'
import type { SubscriptionItem } from './subscription.ts'
import { at, ID, subscriptionIn } from './test-subscription.ts'

const now = at('2027-01-20')

function item(quantity: bigint): SubscriptionItem {
  const currency = parseCurrency('USD')
  assert(currency !== null, 'the dollar is known')
  const scheme = { kind: 'per_unit', unitAmount: ratio(4900n, 1n) } as const
  return {
    id: ID,
    subscriptionId: ID,
    position: 0,
    component: 'standard',
    terms: { currency, scheme, freeUnits: 0n, minimumMinor: null, maximumMinor: null },
    priceId: ID,
    productId: ID,
    description: 'Team',
    quantity,
    unitAmountMinor: null,
    ownAmountMinor: null,
    cycleFirst: 0,
    cycleCount: null,
    fulfillmentType: 'none',
    metadata: {},
    createdAt: now,
    updatedAt: now,
  }
}

function accepted(decision: EditDecision) {
  assert(decision.kind === 'accepted', 'the edit is accepted')
  return decision
}

const active = { subscription: subscriptionIn('active'), items: [item(1n)] }

test('a new quantity changes what the next bill asks for', () => {
  const { subscription, items } = accepted(editSubscription(active, { quantity: 3n }, now))
  equal(subscription.quantity, 3n)
  equal(subscription.amountMinor, 14_700n) // 3 × 49.00
  deepEqual(
    items.map((changed) => changed.quantity),
    [3n],
  )
  equal(subscription.period, active.subscription.period)
})

/** Edits one after another of three seats at 4900: own amount, price of a unit, amount of a cycle. */
const EDITS: readonly (readonly [SubscriptionEdit[], bigint | null, bigint, bigint])[] = [
  [[], null, 4900n, 14_700n],
  [[{ amountMinor: 3550n }], 3550n, 4900n, 3550n],
  [[{ amountMinor: 0n }], 0n, 4900n, 0n],
  [[{ amountMinor: 3550n }, { amountMinor: 9000n }], 9000n, 4900n, 9000n],
  [[{ amountMinor: 3550n }, { amountMinor: 14_700n }], null, 4900n, 14_700n], // what the price says
  [[{ amountMinor: 3550n }, { metadata: { a: 1 } }], 3550n, 4900n, 3550n],
  [[{ amountMinor: 3550n }, { quantity: 3n }], 3550n, 4900n, 3550n], // the same
  [[{ amountMinor: 3550n }, { quantity: 2n }], null, 4900n, 9800n],
  [[{ amountMinor: 3550n, quantity: 7n }], 3550n, 4900n, 3550n],
  [[{ amountMinor: 3550n }, { unitAmountMinor: 3000n }], null, 3000n, 9000n],
  [[{ unitAmountMinor: 3000n }, { amountMinor: 3550n }], 3550n, 3000n, 3550n],
  [[{ unitAmountMinor: 3000n }, { amountMinor: 3550n }, { quantity: 4n }], null, 3000n, 12_000n],
]

test('an amount of its own stands beside quantity and price until either changes', () => {
  for (const [edits, own, unit, amount] of EDITS) {
    const sold = { quantity: 3n, amountMinor: 14_700n }
    let state = { subscription: subscriptionIn('active', sold), items: [item(3n)] }
    for (const edit of edits) {
      const { subscription, items } = accepted(editSubscription(state, edit, now))
      state = { subscription, items: items.length === 0 ? state.items : [...items] }
    }
    const { subscription, items } = state
    const priced = items.map(({ ownAmountMinor, terms }) => [ownAmountMinor, terms.scheme])
    deepEqual(priced, [[own, { kind: 'per_unit', unitAmount: ratio(unit, 1n) }]])
    deepEqual([subscription.amountMinor, cycleAmount(items)], [amount, amount])
  }
})

test('metadata is merged, and a key set to null is removed, even after the end', () => {
  const canceled = {
    subscription: subscriptionIn('canceled', { metadata: { a: 1, b: 2 } }),
    items: [item(1n)],
  }
  const { subscription } = accepted(
    editSubscription(canceled, { metadata: { b: null, c: 3 } }, now),
  )
  deepEqual(subscription.metadata, { a: 1, c: 3 })
  const keys = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`key_${index}`, 1]))
  const refused = editSubscription(canceled, { metadata: keys }, now)
  equal(refused.kind === 'refused' ? refused.code : null, 'map_too_large')
})

test('a scheduled cancellation is set and taken back', () => {
  const set = accepted(editSubscription(active, { cancelAtPeriodEnd: true }, now)).subscription
  equal(set.cancelAtPeriodEnd, true)
  equal(set.canceledAt, now)
  const back = editSubscription({ ...active, subscription: set }, { cancelAtPeriodEnd: false }, now)
  equal(accepted(back).subscription.cancelAtPeriodEnd, false)
})

test('what cannot be done is refused with its code', () => {
  const several = { ...active, items: [item(1n), item(2n)] }
  const ended = { ...active, subscription: subscriptionIn('canceled') }
  const firstCycle = { ...item(1n), cycleCount: 1 }
  const reduced = { ...active, items: [firstCycle, { ...item(1n), component: 'discount' as const }] } // prettier-ignore
  const dear = { kind: 'per_unit', unitAmount: ratio(2n ** 53n - 1n, 1n) } as const
  const trialPrice = { ...firstCycle, terms: { ...firstCycle.terms, scheme: dear } }
  const dearTrial = { ...active, items: [{ ...item(1n), cycleFirst: 1 }, trialPrice] }
  const cases = [
    [editSubscription(several, { quantity: 2n }, now), 'edit_of_several_items'],
    [editSubscription(reduced, { amountMinor: 100n }, now), 'edit_of_several_items'],
    [editSubscription(active, { quantity: 2n ** 52n }, now), 'amount_too_large'],
    [editSubscription(dearTrial, { quantity: 2n }, now), 'amount_too_large'],
    [editSubscription(ended, { quantity: 2n }, now), 'subscription_ended'],
    [editSubscription(active, { nextBillingAt: at('2027-01-19') }, now), 'next_billing_in_past'],
  ] as const
  for (const [decision, code] of cases) deepEqual(decision, { kind: 'refused', code })
})

test('a trial price keeps its amount when the renewals change, and follows the quantity', () => {
  const renewing = { ...item(1n), cycleFirst: 1 }
  const trialPrice = { ...item(1n), position: 1, cycleCount: 1 }
  const shipping = { ...item(1n), position: 2, cycleCount: 1, productId: null }
  const state = { ...active, items: [renewing, trialPrice, shipping] }
  const edited = accepted(editSubscription(state, { quantity: 2n, unitAmountMinor: 3000n }, now))
  equal(edited.subscription.amountMinor, 6000n) // 2 × 30.00
  deepEqual(
    edited.items.map(({ position, quantity, unitAmountMinor }) => [position, quantity, unitAmountMinor]), // prettier-ignore
    [
      [0, 2n, 3000n],
      [1, 2n, null],
    ],
  )
})
