import { startBilling } from '@perennial/core/billing'
import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import { billItems } from '@perennial/core/invoices'
import { fitsWire, ratio, type Currency } from '@perennial/core/money'
import { RECYCLING_DEFAULTS, runTimeOn } from '@perennial/core/recovery'
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
import { findSubscription, insertMethods } from '../../subscriptions/index.ts'
import { applyChanges } from '../apply-changes.ts'
import { collect } from '../collect.ts'
import { forbidden, loadCards } from '../guarded-cards.ts'
import { loadRoutingOf } from '../load-bill-routing.ts'
import { leaseEnd, recoveryPolicyOf, scopeOf, toolsOf, type BillingDeps } from '../scope.ts'
import { planItem, type PlanWish } from './plan-item.ts'
import { insertTerms, type StoredTerms } from './queries.ts'

export type CreatePlanSubscription = Pick<
  StoredTerms,
  'kind' | 'reference' | 'cancelMode' | 'recyclesStart'
> & {
  readonly customerId: Uuid
  readonly currency: Currency
  readonly frequency: Frequency
  /** The day of the first bill in UTC: today, or later. */
  readonly initialBillOn: PlainDate
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
  | 'amount_too_large'
  | 'attempt_forbidden'

/** `refused`: the first charge was, and with it the subscription (spec/revolv3.md 4.4); its bill stays as a record. */
export type CreatedPlanSubscription = {
  readonly id: Uuid
  readonly outcome: 'running' | 'refused'
}

/** A customer with more methods than this charges the others nowhere. */
const METHODS_MAX = 200

/**
 * A subscription of stacked plans that is charged by its own methods in turn. What is due today is charged before this
 * returns. Refusals are checked in the order of the union.
 */
export async function createPlanSubscription(
  deps: BillingDeps,
  asked: CommandContext,
  request: CreatePlanSubscription,
): Promise<Decision<CreatedPlanSubscription, CreatePlanRefusal>> {
  const context = withRecycling(asked)
  const scope = scopeOf(context)
  const id = deps.ids.next()
  const started = await context.inTx(async (tx) => {
    const { accountId } = context
    const key = { accountId, id: request.customerId }
    if ((await lockCustomerShared(tx, key)) === null) return refused('customer_not_found')
    if (!(await areChargeable(tx, context, request))) return refused('payment_method_not_found')
    if (asked.account.settings.recycling === null) await mergeSettings(tx, accountId, { recycling: {} }) // prettier-ignore
    const items = itemsOf(deps, context, { id, request })
    const start = toStartRequest(context, { id, request, items })
    if (start === null) return refused('start_in_past')
    if (!fitsWire(start.amountMinor)) return refused('amount_too_large')
    // Written first: its charge is routed over the methods that are stored.
    await insertMethods(
      tx,
      accountId,
      request.methods.map((method) => ({ subscriptionId: id, ...method })),
    )
    const planned = await planStart(tx, context, { id, request, items })
    const decision = startBilling(start, planned, context.now, toolsOf(deps))
    if (decision.kind === 'forbidden') return forbidden(decision.denied)
    assert(decision.kind === 'accepted', 'a start today or later is accepted')
    const { changes } = decision
    const nextId = () => deps.ids.next()
    await applyChanges(tx, scope, { changes, leaseUntil: leaseEnd(deps), nextId })
    const { kind, reference, cancelMode, recyclesStart, taxAddress } = request
    const terms = { kind, reference, cancelMode, recyclesStart, taxAddress, subscriptionId: id }
    const initialBillAt = start.trialEnd ?? start.startAt
    await insertTerms(tx, accountId, { ...terms, initialBillAt, createdAt: context.now })
    await context.remember(tx, 'subscription', id)
    return accepted(changes.newAttempts)
  })
  if (started.kind === 'refused') return started
  await deps.onStep?.('applied')
  await collect(deps, scope, started.value, { atOf: () => context.now })
  const settled = await context.inTx((tx) => findSubscription(tx, context.accountId, id))
  const isRefused = settled?.status === 'incomplete_expired'
  return accepted({ id, outcome: isRefused ? 'refused' : 'running' })
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
  { customerId, methods }: CreatePlanSubscription,
): Promise<boolean> {
  const own = await listActiveMethods(tx, { accountId, customerId, limit: METHODS_MAX })
  const known = new Set(own.map(({ id }) => id))
  return methods.length > 0 && methods.every((method) => known.has(method.paymentMethodId))
}

type Planned = { readonly id: Uuid; readonly request: CreatePlanSubscription }

function itemsOf(deps: BillingDeps, context: CommandContext, { id, request }: Planned) {
  const { currency, plans } = request
  return plans.map((plan, position) => {
    const of = { id: deps.ids.next(), subscriptionId: id, position, currency }
    return planItem(plan, of, context.now)
  })
}

async function planStart(
  tx: Tx,
  context: ReturnType<typeof withRecycling>,
  given_: Planned & { readonly items: readonly SubscriptionItem[] },
) {
  const { id, request, items } = given_
  const { accountId, now, account } = context
  const { rules, gatewayIds } = account.settings.recycling
  const subject = {
    key: id,
    subscriptionId: id,
    customerId: request.customerId,
    paymentMethodId: null,
    cascade: { gatewayIds },
  }
  const routings = await loadRoutingOf(tx, context, { subjects: [subject], at: now })
  const asked = { routings: [...routings.values()], at: now, isCustomerPresent: true }
  const byPriority = request.methods.toSorted((one, other) => one.priority - other.priority)
  return {
    ...given('routing', routings.get(id)),
    cards: await loadCards(tx, accountId, asked),
    items,
    routes: [],
    policy: recoveryPolicyOf(account),
    methods: [],
    recycling: { rules, methods: byPriority, recyclesStart: request.recyclesStart },
  }
}

/** Null: its first bill lies before today. */
function toStartRequest(
  context: ReturnType<typeof withRecycling>,
  { id, request, items }: Planned & { readonly items: readonly SubscriptionItem[] },
): StartRequest | null {
  const { now, account } = context
  const day = startOfDay(request.initialBillOn, UTC)
  const today = startOfDay(plainDateAt(now, UTC), UTC)
  if (day < today) return null
  const { rules } = account.settings.recycling
  // Who wants charges run as soon as they fall due is not held up until the strategy's time of day.
  const minuteOfDay = request.recyclesStart ? 0 : rules.minuteOfDay
  const anchorAt = runTimeOn(day, 0, { minuteOfDay })
  return {
    id,
    customerId: request.customerId,
    businessId: null,
    productId: null,
    priceId: null,
    currency: request.currency,
    quantity: 1n,
    amountMinor: amountOf(items),
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
    anchor: { at: anchorAt, zone: UTC, day: request.initialBillOn.day },
  }
}

/** What the first cycle costs, before tax. */
function amountOf(items: readonly SubscriptionItem[]): bigint {
  const [first] = items
  if (first === undefined) return 0n
  const { id: invoiceId, createdAt: start, terms } = first
  const share = ratio(1n, 1n)
  const period = { start, end: start }
  const { currency } = terms
  const bill = billItems({ invoiceId, items, cycle: 0, share, period, currency, nextId: () => invoiceId }) // prettier-ignore
  return bill.subtotalMinor - bill.discountMinor
}
