import {
  addChanges,
  askForSomething,
  emptyChangeSet,
  firstBillOn,
  startBilling,
  type GuardedCards,
} from '@perennial/core/billing'
import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import { cycleMinor } from '@perennial/core/invoices'
import { fitsWire, type Currency } from '@perennial/core/money'
import type { PaymentAttempt } from '@perennial/core/payments'
import { RECYCLING_DEFAULTS, runTimeOn } from '@perennial/core/recovery'
import type { BillRouting } from '@perennial/core/routing'
import type { StartRequest, SubscriptionItem } from '@perennial/core/subscriptions'
import { plainDateAt, startOfDay, UTC, type Frequency, type PlainDate } from '@perennial/core/time'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
  type RecyclingSettings,
} from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { given, type JsonObject } from '../../../platform/wire/index.ts'
import { mergeSettings } from '../../accounts/index.ts'
import { lockCustomerShared } from '../../customers/index.ts'
import { listActiveMethods } from '../../payments/index.ts'
import { findSubscriptions, insertMethods } from '../../subscriptions/index.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import { collect } from '../collect/collect.ts'
import { forbidden, lockGuardedCards } from '../load/guarded-cards.ts'
import { loadRoutingOf } from '../load/load-bill-routing.ts'
import { leaseEnd, recoveryPolicyOf, scopeOf, toolsOf, type BillingDeps } from '../scope.ts'
import { planItem, type PlanWish } from './plan-item.ts'
import { insertTerms, type StoredTerms } from '../recycling/queries.ts'

export type CreatePlanSubscription = Pick<
  StoredTerms,
  'kind' | 'reference' | 'cancelMode' | 'recyclesStart'
> & {
  readonly currency: Currency
  readonly frequency: Frequency
  /** In UTC; null = today. The first bill is of that day, or of the end of a trial that begins on it. */
  readonly startOn: PlainDate | null
  readonly trial: Frequency | null
  readonly methods: readonly {
    readonly paymentMethodId: Uuid
    readonly priority: number
    readonly taxMinor: bigint
  }[]
  readonly plans: readonly PlanWish[]
  readonly taxAddress: JsonObject | null
  readonly metadata: JsonObject
}

export type CreatePlanRefusal =
  | 'customer_not_found'
  | 'payment_method_not_found'
  | 'start_in_past'
  | 'no_charging_plan'
  | 'amount_too_large'
  | 'attempt_forbidden'

/** `refused`: the first charge was, and with it the subscription (spec/revolv3.md 4.4); its bill stays as a record. */
export type CreatedPlanSubscription = {
  readonly id: Uuid
  readonly outcome: 'running' | 'refused'
}

/** Written, with first charges that are committed as `sending`. */
export type BegunPlanSubscriptions = {
  readonly ids: readonly Uuid[]
  readonly attempts: readonly PaymentAttempt[]
}

/** A customer with more methods than this charges the others nowhere. */
const METHODS_MAX = 200

/**
 * Subscriptions of stacked plans that are charged by their own methods in turn: all of one customer, written together.
 * A part of a larger transaction, which is to be rolled back when this refuses; what is due today is charged by
 * `chargeBegun`, after the commit. Refusals are checked in the order of the union.
 */
export async function createPlanSubscriptions(
  deps: BillingDeps,
  asked: CommandContext,
  given_: { readonly customerId: Uuid; readonly requests: readonly CreatePlanSubscription[] },
): Promise<Decision<BegunPlanSubscriptions, CreatePlanRefusal>> {
  const { accountId } = asked
  const { customerId } = given_
  const context = withRecycling(asked)
  const planned = given_.requests.map((request) => plan(deps, context, { customerId, request }))
  return context.inTx(async (tx) => {
    if ((await lockCustomerShared(tx, { accountId, id: customerId })) === null)
      return refused('customer_not_found')
    if (!(await areChargeable(tx, context, given_))) return refused('payment_method_not_found')
    if (asked.account.settings.recycling === null) await mergeSettings(tx, accountId, { recycling: {} }) // prettier-ignore
    if (planned.some(({ start }) => start === null)) return refused('start_in_past')
    if (!given_.requests.every(({ plans }) => askForSomething(plans))) return refused('no_charging_plan') // prettier-ignore
    if (planned.some(({ start }) => start !== null && !fitsWire(start.amountMinor)))
      return refused('amount_too_large')
    // Written first: their charges are routed over the methods that are stored.
    const methods = planned.flatMap(({ id, request }) =>
      request.methods.map((method) => ({ subscriptionId: id, ...method })),
    )
    await insertMethods(tx, accountId, methods)
    const loaded = await loadStarts(tx, context, planned)
    const changes = emptyChangeSet()
    for (const one of planned) {
      const decision = begin(deps, context, { one, loaded })
      if (decision.kind === 'forbidden') return forbidden(decision.denied)
      addChanges(changes, decision.changes)
    }
    const nextId = () => deps.ids.next()
    await applyChanges(tx, scopeOf(context), { changes, leaseUntil: leaseEnd(deps), nextId })
    await insertTerms(tx, accountId, planned.map((one) => termsOf(context, one))) // prettier-ignore
    const ids = planned.map(({ id }) => id)
    const [first] = ids
    if (first !== undefined) await context.remember(tx, 'subscription', first)
    return accepted({ ids, attempts: changes.newAttempts })
  })
}

/** Charges what is due of subscriptions that were just begun, and says what came of each. */
export async function chargeBegun(
  deps: BillingDeps,
  asked: CommandContext,
  { ids, attempts }: BegunPlanSubscriptions,
): Promise<readonly CreatedPlanSubscription[]> {
  const context = withRecycling(asked)
  await deps.onStep?.('applied')
  await collect(deps, scopeOf(context), attempts, { atOf: () => context.now })
  const settled = await context.inTx((tx) => findSubscriptions(tx, context.accountId, ids))
  const over = settled.filter(({ status }) => status === 'incomplete_expired')
  const refusedIds = new Set(over.map(({ id }) => id))
  return ids.map((id) => ({ id, outcome: refusedIds.has(id) ? 'refused' : 'running' }))
}

/** The account's first subscription of this kind begins with the rules that nobody has changed yet. */
export function withRecycling(context: CommandContext): CommandContext & {
  readonly account: { readonly settings: { readonly recycling: RecyclingSettings } }
} {
  const { account } = context
  const recycling = account.settings.recycling ?? { rules: RECYCLING_DEFAULTS, gatewayIds: [] }
  return { ...context, account: { ...account, settings: { ...account.settings, recycling } } }
}

async function areChargeable(
  tx: Tx,
  { accountId }: CommandContext,
  given_: { readonly customerId: Uuid; readonly requests: readonly CreatePlanSubscription[] },
): Promise<boolean> {
  const { customerId, requests } = given_
  const own = await listActiveMethods(tx, { accountId, customerId, limit: METHODS_MAX })
  const known = new Set(own.map(({ id }) => id))
  return requests.every(
    ({ methods }) =>
      methods.length > 0 && methods.every((method) => known.has(method.paymentMethodId)),
  )
}

type Recycling = ReturnType<typeof withRecycling>

type Planned = {
  readonly id: Uuid
  readonly request: CreatePlanSubscription
  readonly items: readonly SubscriptionItem[]
  /** Null: it would start before today. */
  readonly start: StartRequest | null
}

function plan(
  deps: BillingDeps,
  context: Recycling,
  asked: { readonly customerId: Uuid; readonly request: CreatePlanSubscription },
): Planned {
  const { customerId, request } = asked
  const { currency } = request
  const id = deps.ids.next()
  const items = request.plans.map((wish, position) => {
    const of = { id: deps.ids.next(), subscriptionId: id, position, currency }
    return planItem(wish, of, context.now)
  })
  return { id, request, items, start: toStartRequest(context, { id, customerId, request, items }) }
}

type LoadedStarts = {
  readonly routings: ReadonlyMap<Uuid, BillRouting>
  readonly cards: GuardedCards
}

async function loadStarts(
  tx: Tx,
  context: Recycling,
  planned: readonly Planned[],
): Promise<LoadedStarts> {
  const { accountId, now: at, account } = context
  const { gatewayIds, rules } = account.settings.recycling
  const cascade = { gatewayIds, hardDeclines: rules.hardDeclines }
  const subjects = planned.flatMap(({ id, start }) => {
    const paymentMethodId = null
    const { customerId } = start ?? {}
    if (customerId === undefined) return []
    return [{ key: id, subscriptionId: id, customerId, paymentMethodId, cascade }]
  })
  const routings = await loadRoutingOf(tx, context, { subjects, at })
  const asked = { routings: [...routings.values()], at, isCustomerPresent: true }
  return { routings, cards: await lockGuardedCards(tx, accountId, asked) }
}

function begin(
  deps: BillingDeps,
  context: Recycling,
  of: { readonly one: Planned; readonly loaded: LoadedStarts },
) {
  const { id, request, items, start } = of.one
  const { now, account } = context
  assert(start !== null, 'a start in the past was refused')
  const methods = request.methods.toSorted((one, other) => one.priority - other.priority)
  const state = {
    ...given('routing', of.loaded.routings.get(id)),
    cards: of.loaded.cards,
    items,
    routes: [],
    policy: recoveryPolicyOf(account),
    methods: [],
    recycling: {
      rules: account.settings.recycling.rules,
      methods,
      recyclesStart: request.recyclesStart,
    },
  }
  const decision = startBilling(start, state, now, toolsOf(deps))
  assert(decision.kind !== 'refused', 'a start today or later is accepted')
  return decision
}

function termsOf({ now }: Recycling, { id, request, start }: Planned) {
  assert(start !== null, 'a start in the past was refused')
  const { kind, reference, cancelMode, recyclesStart, taxAddress } = request
  const initialBillAt = start.trialEnd ?? start.startAt
  const terms = { kind, reference, cancelMode, recyclesStart, taxAddress, subscriptionId: id }
  return { ...terms, initialBillAt, createdAt: now }
}

/** Null: it would start before today. */
function toStartRequest(
  context: Recycling,
  given_: Pick<Planned, 'id' | 'request' | 'items'> & { readonly customerId: Uuid },
): StartRequest | null {
  const { id, customerId, request, items } = given_
  const { now, account } = context
  const { startOn, trial } = request
  const todayOn = plainDateAt(now, UTC)
  const billedOn = firstBillOn({ startOn, trial, today: todayOn })
  if (billedOn === null) return null
  const [day, today] = [startOfDay(billedOn, UTC), startOfDay(todayOn, UTC)]
  const { rules } = account.settings.recycling
  // Who wants charges run as soon as they fall due is not held up until the strategy's time of day.
  const minuteOfDay = request.recyclesStart ? 0 : rules.minuteOfDay
  const anchorAt = runTimeOn(day, 0, { minuteOfDay })
  return {
    id,
    customerId,
    businessId: null,
    productId: null,
    priceId: null,
    currency: request.currency,
    quantity: 1n,
    amountMinor: cycleMinor(items, 0),
    collectionMethod: 'charge_automatically',
    daysUntilDue: 0,
    zone: UTC,
    frequency: request.frequency,
    startAt: now,
    trialEnd: day > today ? anchorAt : null,
    billingDay: { kind: 'same_day' },
    firstCharge: 'immediate',
    cyclesMax: null,
    endsAt: null,
    cancelAtPeriodEnd: false,
    pauseAtPeriodEnd: false,
    prorationMode: 'none',
    metadata: request.metadata,
    anchor: { at: anchorAt, zone: UTC, day: billedOn.day },
  }
}
