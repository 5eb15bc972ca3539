import { startBilling } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import type { Currency } from '@perennial/core/money'
import type {
  CollectionMethod,
  StartRefusal,
  StartRequest,
  Subscription,
  SubscriptionExtras,
} from '@perennial/core/subscriptions'
import { addCalendarDays, type Instant } from '@perennial/core/time'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { given } from '../../../platform/wire/index.ts'
import { findPrices, findProducts } from '../../catalog/index.ts'
import { lockCustomerShared } from '../../customers/index.ts'
import { findMethodRoute, listDisabledGateways } from '../../payments/index.ts'
import type { SubscriptionProfile } from '../../subscription-profiles/index.ts'
import { checkNewSegments, saveSegments, type SegmentsChange } from '../../routing/index.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import { chooseProfile, type ProfileChoiceRefusal } from './choose-profile.ts'
import { collect } from '../collect/collect.ts'
import type { ExtrasRefusal } from '../extras/check-extras.ts'
import { planNewExtras } from '../extras/plan-new-extras.ts'
import { forbidden, lockGuardedCards } from '../load/guarded-cards.ts'
import { loadRoutingOf } from '../load/load-bill-routing.ts'
import {
  planFromPrices,
  planFromProduct,
  quantityOf,
  type PlanRefusal,
  type SubscriptionPlan,
} from './plan-subscription.ts'
import { leaseEnd, recoveryPolicyOf, scopeOf, toolsOf, type BillingDeps } from '../scope.ts'

export type CreateSubscription = {
  readonly customerId: Uuid
  /** Prices with quantities, and where the request names them; empty = the product's own amount. */
  readonly prices: readonly {
    readonly priceId: Uuid
    readonly quantity: bigint
    readonly param?: string
  }[]
  readonly productId: Uuid | null
  /** Decides its renewals; absent = the profile of the price or product, if they have one. */
  readonly profileId?: Uuid | null
  readonly shipTo?: Subscription['shipTo']
  /** What its bills carry besides its items; absent = nothing. */
  readonly extras?: SubscriptionExtras | null
  /** Another way to name a discount. */
  readonly discountCode?: string | null
  readonly quantity: bigint
  readonly paymentMethodId: Uuid | null
  /** What it says about its gateways; absent = nothing. */
  readonly routing?: SegmentsChange
  readonly currency: Currency | null
  readonly startAt: Instant | null
  readonly trialEnd: Instant | null
  /** 0 switches off the trial that the price or product would give. */
  readonly trialDays: number | null
  readonly billingAnchorDay: number | null
  readonly endsAt: Instant | null
  /** Null = without end; absent = as many bills as the product says. */
  readonly cyclesMax?: number | null
  readonly cancelAtPeriodEnd: boolean
  readonly pauseAtPeriodEnd: boolean
  readonly collectionMethod: CollectionMethod
  readonly daysUntilDue: number | null
  readonly metadata: Readonly<Record<string, unknown>>
}

export type CreateRefusal =
  | StartRefusal
  | ExtrasRefusal
  | PlanRefusal
  | ProfileChoiceRefusal
  | 'profile_decides_dates'
  | 'customer_not_found'
  | 'product_not_found'
  | 'product_differs'
  | 'gateways_disabled'
  | 'payment_method_not_found'
  | 'attempt_forbidden'

/**
 * A new subscription. Its first bill is committed before the gateway is called, and the answer is settled
 * before this returns: the status it comes back with is the one the charge has led to.
 */
export async function createSubscription(
  deps: BillingDeps,
  context: CommandContext,
  request: CreateSubscription,
): Promise<Decision<Uuid, CreateRefusal>> {
  const scope = scopeOf(context)
  const started = await context.inTx(async (tx) => {
    const customer = await lockCustomerShared(tx, {
      accountId: context.accountId,
      id: request.customerId,
    })
    if (customer === null) return refused('customer_not_found', { param: 'customerId' })
    const id = deps.ids.next()
    const loaded = await loadStart(deps, { tx, context }, { id, request })
    if (loaded.kind === 'refused') return loaded
    const { start, planned, segments } = loaded.value
    const decision = startBilling(start, planned, context.now, toolsOf(deps))
    if (decision.kind === 'refused') return refused(decision.code, aboutStart(decision, request))
    if (decision.kind === 'forbidden') return forbidden(decision.denied)
    const { changes } = decision
    await applyChanges(tx, scope, {
      changes,
      leaseUntil: leaseEnd(deps),
      nextId: () => deps.ids.next(),
    })
    if (segments !== null) await saveSegments(tx, context.accountId, { segments, at: context.now })
    await context.remember(tx, 'subscription', id)
    return accepted({ id, attempts: changes.newAttempts })
  })
  if (started.kind === 'refused') return started
  await deps.onStep?.('applied')
  await collect(deps, scope, started.value.attempts, { atOf: () => context.now })
  return accepted(started.value.id)
}

type LoadedStart = {
  readonly start: StartRequest
  readonly planned: Parameters<typeof startBilling>[1]
  readonly segments: Awaited<ReturnType<typeof checkNewSegments>>
}

/** What its start is decided on: its plan, its method and the route of that, what its bills bear. */
async function loadStart(
  deps: BillingDeps,
  at: { readonly tx: Tx; readonly context: CommandContext },
  wanted: { readonly id: Uuid; readonly request: CreateSubscription },
): Promise<Decision<LoadedStart, CreateRefusal>> {
  const { tx, context } = at
  const { id, request } = wanted
  const { accountId, now } = context
  const { customerId, paymentMethodId } = request
  const plan = await loadPlan(deps, at, wanted)
  if (plan.kind === 'refused') return plan

  const route = await findMethodRoute(tx, accountId, request)
  const disabledGatewayIds =
    route === null ? await listDisabledGateways(tx, accountId, request) : []
  if (paymentMethodId !== null && disabledGatewayIds.length > 0)
    return refused('gateways_disabled', { param: 'paymentMethodId' })
  if (paymentMethodId !== null && route === null)
    return refused('payment_method_not_found', { param: 'paymentMethodId' })
  const routes = route === null ? [] : [route]
  const { items, profile } = plan.value
  if (profile !== null && request.billingAnchorDay !== null)
    return refused('profile_decides_dates', { param: 'billingAnchorDay' })
  const said = { subscriptionId: id, change: request.routing ?? {} }
  const segments = await checkNewSegments(tx, accountId, { ...said, ...followedBy(profile) })
  const own = segments === null ? {} : { segments }
  const subject = { key: id, subscriptionId: null, customerId, paymentMethodId, ...own }
  const subjects = route === null ? [] : [subject]
  const routings = await loadRoutingOf(tx, scopeOf(context), { subjects, at: now })
  const cards = await lockGuardedCards(tx, accountId, { routes, at: now, isCustomerPresent: true })
  const extras = await planNewExtras(tx, context, {
    id,
    customerId,
    items,
    profile,
    extras: request.extras ?? null,
    discountCode: request.discountCode ?? null,
  })
  if (extras.kind === 'refused') return extras
  const { named, borne } = extras.value
  const planned = {
    ...given('routing', routings.get(id)),
    ...given('extras', borne),
    cards,
    items,
    routes,
    disabledGatewayIds,
    policy: recoveryPolicyOf(context.account),
    methods: paymentMethodId === null ? [] : [{ subscriptionId: id, priority: 0, paymentMethodId }],
  }
  const start = toStartRequest(id, { ...request, extras: named }, plan.value, context)
  return accepted({ start, planned, segments })
}

/** What a refusal is about where the request has not said it: a billing day may be the product's own. */
function aboutStart(
  { code }: { readonly code: StartRefusal },
  { billingAnchorDay, prices }: CreateSubscription,
): { readonly param?: string; readonly message?: string } {
  if (code !== 'billing_day_not_monthly' || billingAnchorDay !== null) return {}
  return {
    param: prices[0]?.param ?? 'priceId',
    message:
      'The product has a billing day, which only periods of months or years can begin on. Name another price.',
  }
}

/** What the profile says of routing. */
function followedBy(profile: SubscriptionProfile | null) {
  if (profile === null) return {}
  const { paymentProfileId, prefersLastSuccessGateway: prefersLastSuccess } = profile
  return { followed: { followedPaymentProfileId: paymentProfileId, prefersLastSuccess } }
}

async function loadPlan(
  deps: BillingDeps,
  given: { readonly tx: Tx; readonly context: CommandContext },
  wanted: { readonly id: Uuid; readonly request: CreateSubscription },
): Promise<Decision<SubscriptionPlan, CreateRefusal>> {
  const { tx, context } = given
  const { request } = wanted
  const planWith = (profile: SubscriptionProfile | null) => ({
    profile,
    subscriptionId: wanted.id,
    currency: request.currency,
    now: context.now,
    nextId: () => deps.ids.next(),
    ...firstOf(request),
  })
  if (request.prices.length === 0) {
    const product =
      request.productId === null
        ? null
        : (await findProducts(tx, context.accountId, [request.productId]))[0]
    if (product === null || product === undefined)
      return refused('product_not_found', { param: 'productId' })
    const chosen = await chooseProfile(tx, context, request.profileId ?? product.profileId)
    if (chosen.kind === 'refused') return chosen
    return planFromProduct({ product, quantity: request.quantity }, planWith(chosen.value))
  }
  const prices = await findPrices(
    tx,
    context.accountId,
    request.prices.map((price) => price.priceId),
  )
  const products = await findProducts(
    tx,
    context.accountId,
    prices.map((price) => price.productId),
  )
  const items = []
  for (const { priceId, quantity, param = 'priceId' } of request.prices) {
    const price = prices.find((candidate) => candidate.id === priceId)
    const product = products.find((candidate) => candidate.id === price?.productId)
    if (price === undefined || product === undefined) return refused('price_not_found', { param })
    items.push({ price, product, quantity, param })
  }
  const { productId } = request
  if (productId !== null && !items.some(({ product }) => product.id === productId))
    return refused('product_differs', { param: 'productId' })
  const [first] = items
  const soldBy = first?.price.profileId ?? first?.product.profileId ?? null
  const chosen = await chooseProfile(tx, context, request.profileId ?? soldBy)
  if (chosen.kind === 'refused') return chosen
  return planFromPrices(items, planWith(chosen.value))
}

/** What the request itself says of a trial. */
function firstOf({ trialEnd, trialDays }: CreateSubscription) {
  if (trialEnd === null && trialDays === null) return {}
  const isTrial = trialEnd !== null || (trialDays ?? 0) > 0
  return { first: isTrial ? 'trial' : 'sale' } as const
}

function toStartRequest(
  id: Uuid,
  request: CreateSubscription,
  plan: SubscriptionPlan,
  context: CommandContext,
): StartRequest {
  const startAt = request.startAt ?? context.now
  const trialDays = request.trialDays ?? plan.trialDays
  const { settings, timezone: zone } = context.account
  const trialEnd =
    request.trialEnd ?? (trialDays > 0 ? addCalendarDays(startAt, trialDays, zone) : null)
  return {
    id,
    customerId: request.customerId,
    businessId: null,
    productId: plan.productId,
    priceId: plan.priceId,
    currency: plan.currency,
    quantity: quantityOf(plan.items),
    amountMinor: plan.amountMinor,
    collectionMethod: request.collectionMethod,
    daysUntilDue: request.daysUntilDue ?? settings.defaultDueDays,
    zone,
    frequency: plan.frequency,
    startAt,
    trialEnd,
    billingDay:
      request.billingAnchorDay === null
        ? plan.billingDay
        : { kind: 'day_of_month', day: request.billingAnchorDay },
    firstCharge: plan.firstCharge,
    cyclesMax: request.cyclesMax === undefined ? plan.cyclesMax : request.cyclesMax,
    endsAt: request.endsAt,
    cancelAtPeriodEnd: request.cancelAtPeriodEnd,
    pauseAtPeriodEnd: request.pauseAtPeriodEnd,
    prorationMode: 'none',
    metadata: request.metadata,
    ...given('profile', plan.profile ?? undefined),
    shipTo: request.shipTo ?? null,
    extras: request.extras ?? null,
  }
}
