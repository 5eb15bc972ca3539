import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import {
  suspendSubscription,
  type FollowedProfile,
  type Subscription,
  type SubscriptionItem,
} from '../../subscriptions/index.ts'
import type { Discount } from '../../discounts/index.ts'
import { ratio } from '../../money/index.ts'
import { addDays } from '../../time/index.ts'
import { assert } from '../../fault/index.ts'
import { decideBulkEdit, type BulkAction, type BulkDecision, type BulkState } from '../index.ts'
import { at, item, numberedId, textOf } from '../test-samples.ts'
import { paidShop, Shop } from '../test-shop.ts'

const NOW = at('2027-02-10')
const [P1, P2, P3] = [profile(71), profile(72), profile(73)]
const [G1, G2] = [numberedId(81), numberedId(82)]
const [D1, D2] = [discountOf(91, null), discountOf(92, 3)]
const CHOICES = {
  profiles: new Map([P1, P2].map((one) => [one.id, one])),
  gatewayIds: new Set([G1]),
  discounts: new Map([D1, D2].map((discount) => [discount.id, { discount, usesInAll: 3 }])),
}
const NO_GATEWAYS = { forcedGatewayId: null, preferredGatewayId: null }

/** A tenth off, usable so often. */
function discountOf(n: number, usesMax: number | null): Discount {
  const limits = { usesMax, usesPerCustomerMax: null, validFrom: null, validUntil: null }
  const scope = { scope: 'entire_order', productIds: null, isForFirstTimeCustomers: false } as const
  const value = { kind: 'percentage', rateBps: 1_000n } as const
  const duration = { kind: 'forever' } as const
  const named = { id: numberedId(n), code: `D${n}`, name: 'A tenth off', isActive: true }
  return { ...named, ...scope, ...limits, value, duration }
}

function profile(n: number): FollowedProfile {
  const frequency = { kind: 'unit', unit: 'day', count: 30 } as const
  return { id: numberedId(n), frequency, occurrences: null, overdueLimit: 0, retriesFailed: false }
}

type Kind =
  | 'plain'
  | 'profiled'
  | 'own'
  | 'trial'
  | 'suspended'
  | 'last'
  | 'two'
  | 'seats'
  | 'tiers'

const TIERS = [
  { upTo: 2n, unitAmount: ratio(2000n, 1n), flatAmountMinor: 0n },
  { upTo: null, unitAmount: ratio(900n, 1n), flatAmountMinor: 0n },
]

/** Where it is not one seat at 49.00: three seats at that price for 49.00 in all, or in tiers (2 × 20.00 and 9.00). */
const ITEMS: Readonly<Partial<Record<Kind, readonly SubscriptionItem[]>>> = {
  two: [item(), item({ id: numberedId(90) })],
  seats: [item({ quantity: 3n, ownAmountMinor: 4900n })],
  tiers: [
    item({ quantity: 3n, terms: { ...item().terms, scheme: { kind: 'graduated', tiers: TIERS } } }),
  ],
}

/** Sold for 49.00 on 31 January 2027; the next date is 28 February (2 March with a profile), or a trial's end. */
function stateOf(kind: Kind): BulkState {
  const followed = kind === 'profiled' || kind === 'own' || kind === 'last' || kind === 'suspended'
  const terms = kind === 'last' ? { ...P3, occurrences: 1 } : P3
  const shop =
    kind === 'trial'
      ? new Shop({ request: { trialEnd: at('2027-02-20') } })
      : paidShop(followed ? { profile: terms, frequency: terms.frequency } : {})
  const items = ITEMS[kind] ?? shop.items
  const subscription = { ...shop.subscription, quantity: items[0]?.quantity ?? 1n }
  return {
    subscription:
      kind === 'suspended'
        ? suspended(subscription)
        : { ...subscription, cyclesBilled: subscription.cyclesBilled + (kind === 'last' ? 1 : 0) },
    items,
    openCases: [],
    gateways: NO_GATEWAYS,
    isBeingRenewed: false,
    hasOwnProfile: kind === 'own',
  }
}

function suspended(subscription: Subscription): Subscription {
  const decision = suspendSubscription(subscription, at('2027-02-01'))
  assert(decision.kind === 'accepted', 'an active one can be suspended')
  return decision.subscription
}

function decide(state: BulkState, actions: readonly BulkAction[]): BulkDecision {
  return decideBulkEdit(state, { actions, choices: CHOICES }, NOW)
}

/** "status amount date" and the warnings of what changes; the reason where nothing does. */
function told(decision: BulkDecision): string {
  if (decision.kind !== 'changed')
    return decision.kind === 'skipped' ? decision.reason : 'unchanged'
  const { status, amountMinor, nextRenewalAt } = decision.after
  const warnings = decision.warnings.map((warning) => ` !${warning}`)
  return `${status} ${amountMinor} ${textOf(nextRenewalAt)}${warnings.join('')}`
}

test('each action does to a subscription what it says, or tells why not', () => {
  const table: readonly (readonly [Kind, BulkAction, string])[] = [
    ['plain', { kind: 'extend_next_renewal', days: 7 }, 'active 4900 2027-03-07'],
    ['plain', { kind: 'shorten_next_renewal', days: 5 }, 'active 4900 2027-02-23'],
    ['plain', { kind: 'shorten_next_renewal', days: 18 }, 'next_billing_in_past'],
    ['plain', { kind: 'set_next_renewal', at: at('2027-02-28') }, 'unchanged'],
    ['plain', { kind: 'extend_next_renewal', days: 9_999_999 }, 'date_too_far'],
    ['profiled', { kind: 'shorten_next_renewal', days: 22 }, 'active 4900 2027-02-08 !next_renewal_in_past'],
    ['trial', { kind: 'extend_next_renewal', days: 10 }, 'trialing 4900 2027-03-02 !trial_moves_along'],
    ['suspended', { kind: 'set_next_renewal', at: at('2027-01-02') }, 'paused 4900 2027-01-31T09:00:00.001Z !date_of_suspended'],
    ['last', { kind: 'extend_next_renewal', days: 1 }, 'no_renewals_left'],
    ['plain', { kind: 'set_amount', amountMinor: 3_000n }, 'active 3000 2027-02-28'],
    ['plain', { kind: 'set_amount', amountMinor: 4_900n }, 'unchanged'],
    ['plain', { kind: 'adjust_amount', byMinor: -900n }, 'active 4000 2027-02-28'],
    ['plain', { kind: 'adjust_amount', byMinor: -4_901n }, 'amount_below_zero'],
    ['plain', { kind: 'scale_amount', byBps: 1250 }, 'active 5513 2027-02-28'], // 5512.5
    ['two', { kind: 'set_amount', amountMinor: 100n }, 'edit_of_several_items'],
    ['seats', { kind: 'set_amount', amountMinor: 3_550n }, 'active 3550 2027-02-28'],
    ['seats', { kind: 'adjust_amount', byMinor: 1n }, 'active 4901 2027-02-28'],
    ['seats', { kind: 'scale_amount', byBps: 1000 }, 'active 5390 2027-02-28'], // not 3 × 17.97
    ['seats', { kind: 'scale_amount', byBps: -3333 }, 'active 3267 2027-02-28'], // 3266.83
    ['tiers', { kind: 'scale_amount', byBps: 1 }, 'unchanged'], // 4900.49
    ['tiers', { kind: 'set_amount', amountMinor: 3_551n }, 'active 3551 2027-02-28'],
    ['plain', { kind: 'set_subscription_profile', profileId: P1.id }, 'active 4900 2027-02-28 !cannot_be_undone'],
    ['own', { kind: 'set_subscription_profile', profileId: P1.id }, 'active 4900 2027-03-02 !custom_profile_discarded !cannot_be_undone'],
    ['profiled', { kind: 'set_subscription_profile', profileId: P3.id }, 'profile_unavailable'],
    ['plain', { kind: 'set_forced_gateway', gatewayId: G1 }, 'active 4900 2027-02-28 !no_fallback'],
    ['plain', { kind: 'set_preferred_gateway', gatewayId: G1 }, 'active 4900 2027-02-28'],
    ['plain', { kind: 'set_preferred_gateway', gatewayId: G2 }, 'gateway_unavailable'],
    ['plain', { kind: 'set_forced_gateway', gatewayId: null }, 'unchanged'],
    ['plain', { kind: 'add_discount', discountId: D1.id }, 'active 4900 2027-02-28'],
    ['plain', { kind: 'add_discount', discountId: D2.id }, 'discount_not_usable'], // used up
    ['plain', { kind: 'remove_discount', discountId: D1.id }, 'unchanged'],
    ['trial', { kind: 'suspend' }, 'paused 4900 2027-02-20'],
    ['suspended', { kind: 'suspend' }, 'subscription_state_invalid'],
    ['suspended', { kind: 'activate' }, 'active 4900 2027-03-02'],
    ['plain', { kind: 'activate' }, 'subscription_state_invalid'],
    ['plain', { kind: 'cancel', reason: null }, 'canceled 4900 never !cannot_be_undone'],
  ] // prettier-ignore
  for (const [kind, action, expected] of table)
    equal(told(decide(stateOf(kind), [action])), expected, `${kind} ${action.kind}`)
})

test('actions are taken in their order, all of them or none', () => {
  const all: readonly BulkAction[] = [
    { kind: 'activate' },
    { kind: 'set_next_renewal', at: at('2027-02-05') },
    { kind: 'set_preferred_gateway', gatewayId: G1 },
    { kind: 'set_amount', amountMinor: 100n },
    { kind: 'set_subscription_profile', profileId: P1.id },
  ]
  const done = decide(stateOf('suspended'), all)
  equal(told(done), 'active 100 2027-02-05 !next_renewal_in_past')
  assert(done.kind === 'changed', 'it was decided so')
  deepEqual(
    done.steps.map(({ event }) => event),
    ['updated', 'resumed'],
  )
  equal(told(decide(stateOf('plain'), all)), 'subscription_state_invalid')
})

test('what has ended or is being renewed is left alone, and so is what nothing is asked of', () => {
  const plain = stateOf('plain')
  const cancel = decide(plain, [{ kind: 'cancel', reason: null }])
  assert(cancel.kind === 'changed', 'it can be canceled')
  const ended = cancel.steps[0]?.subscription ?? plain.subscription
  const action: BulkAction = { kind: 'extend_next_renewal', days: 1 }
  equal(told(decide({ ...plain, subscription: ended }, [action])), 'subscription_ended')
  equal(told(decide({ ...plain, isBeingRenewed: true }, [action])), 'renewal_in_progress')
  equal(told(decide({ ...plain, isBeingRenewed: true }, [])), 'unchanged')
})

test('what is undone stands as before, and its dates are counted as before', () => {
  const table: readonly (readonly [Kind, BulkAction])[] = [
    ['plain', { kind: 'extend_next_renewal', days: 7 }],
    ['trial', { kind: 'set_next_renewal', at: at('2027-05-01') }],
    ['plain', { kind: 'scale_amount', byBps: -1000 }],
    ['seats', { kind: 'set_amount', amountMinor: 3_550n }],
    ['tiers', { kind: 'adjust_amount', byMinor: -1n }],
    ['plain', { kind: 'set_forced_gateway', gatewayId: G1 }],
    ['plain', { kind: 'add_discount', discountId: D1.id }],
    ['plain', { kind: 'suspend' }],
    ['suspended', { kind: 'activate' }],
  ]
  for (const [kind, action] of table) {
    const before = stateOf(kind)
    const done = decide(before, [action])
    assert(done.kind === 'changed' && done.undo !== null, `${action.kind} can be undone`)
    const step = done.steps.at(-1)
    const after: BulkState = {
      ...before,
      subscription: step?.subscription ?? before.subscription,
      items: step === undefined || step.items.length === 0 ? before.items : step.items,
      gateways: done.gateways ?? before.gateways,
    }
    const back = decideBulkEdit(after, { actions: done.undo, choices: CHOICES }, addDays(NOW, 1))
    assert(back.kind === 'changed', `${action.kind} is undone`)
    const {
      version: _,
      updatedAt: __,
      pausedAt: ___,
      ...last
    } = back.steps.at(-1)?.subscription ?? before.subscription
    const { version: _v, updatedAt: _u, pausedAt: _p, ...first } = before.subscription
    deepEqual(last, first, action.kind)
    deepEqual(back.gateways ?? before.gateways, before.gateways)
    const items = back.steps.flatMap((step) => step.items)
    const written = items.map((one) => ({ ...one, updatedAt: before.items[0]?.updatedAt }))
    deepEqual(items.length === 0 ? before.items : written, before.items, action.kind)
  }
})
