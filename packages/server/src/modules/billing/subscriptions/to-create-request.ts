import type { Uuid } from '@perennial/core/ids'
import { plainDateAt, startOfDay, comparePlainDates, type Instant } from '@perennial/core/time'
import type { CommandContext, Decision } from '../../../platform/command/index.ts'
import { ApiRefusal, readDate } from '../../../platform/http/index.ts'
import { toSegmentsChange } from '../../routing/index.ts'
import type { CreateSubscription } from './create-subscription.ts'
import type { SubscriptionCreate } from './request-schemas.ts'

/** The command that a create body asks for; 400 where its fields contradict each other. */
export function toCreateRequest(
  context: CommandContext,
  body: SubscriptionCreate,
): CreateSubscription {
  refuseUnsupported(body)
  refuseContradictions(body)
  const priceId = body.priceId ?? body.planId ?? null
  const quantity = body.quantity ?? 1n
  const prices =
    body.items?.map((item, index) => ({
      priceId: item.priceId,
      quantity: item.quantity ?? 1n,
      param: `items[${index}].priceId`,
    })) ??
    (priceId === null ? [] : [{ priceId, quantity, param: body.priceId ? 'priceId' : 'planId' }])
  if (body.items !== undefined && priceId !== null)
    throw ApiRefusal.invalid('items', 'Give either items or priceId: each names what is sold.')
  const productId = body.productId ?? null
  if (prices.length === 0 && productId === null) {
    throw ApiRefusal.invalid('priceId', 'Say what is subscribed to: priceId, items or productId.')
  }
  return {
    customerId: body.customerId,
    prices,
    productId,
    profileId: body.subscriptionProfileId ?? null,
    shipTo: body.shipTo ?? null,
    extras: { discountIds: discountIdsOf(body), taxRateIds: body.taxRateIds ?? [] },
    discountCode: body.discountCode ?? null,
    quantity,
    paymentMethodId: body.paymentMethodId ?? null,
    routing: toSegmentsChange(body),
    currency: body.currency ?? null,
    startAt: body.billingStartsOn ?? startOf(context, body),
    trialEnd: body.trialEnd ?? null,
    trialDays: body.trialDays ?? null,
    billingAnchorDay: body.billingAnchorDay ?? body.billingCycleAnchor ?? null,
    ...termOf(body),
    cancelAtPeriodEnd: body.cancelAtPeriodEnd ?? false,
    pauseAtPeriodEnd: body.pauseAtPeriodEnd ?? false,
    collectionMethod: body.collectionMethod ?? 'charge_automatically',
    daysUntilDue: body.daysUntilDue ?? null,
    metadata: body.metadata ?? {},
  }
}

/** Said to have been taken, they would have changed nothing. */
function refuseUnsupported({
  businessId = null,
  prorationMode = 'none',
}: SubscriptionCreate): void {
  if (businessId !== null)
    throw ApiRefusal.invalid(
      'businessId',
      'Businesses are not kept here yet. Name the company of the customer with PATCH /v2/customers/{id}.',
    )
  if (prorationMode !== 'none')
    throw ApiRefusal.invalid(
      'prorationMode',
      'Changes count from the next bill on and nothing is prorated. Leave it out, or say none.',
    )
}

/** Two ways to say one thing that say different things, or of which one would have been dropped. */
function refuseContradictions(body: SubscriptionCreate): void {
  const differ = (one: unknown, other: unknown): boolean =>
    (one ?? null) !== null && (other ?? null) !== null && one !== other
  if (differ(body.priceId, body.planId))
    throw ApiRefusal.invalid('planId', 'It is another name of priceId: give one of them.')
  if (differ(body.trialEnd, body.trialDays))
    throw ApiRefusal.invalid('trialDays', 'Give either trialDays or trialEnd.')
  if (differ(body.billingAnchorDay, body.billingCycleAnchor))
    throw ApiRefusal.invalid(
      'billingCycleAnchor',
      'It is another name of billingAnchorDay: give one of them.',
    )
}

/** The same decision; where the body names discounts in one field alone, a refusal of one is about that field. */
export function aboutDiscountOf<Decided, Code extends string>(
  { discountId, discountIds, discountCode }: SubscriptionCreate,
  decision: Decision<Decided, Code>,
): Decision<Decided, Code> {
  if (decision.kind === 'accepted' || !decision.code.startsWith('discount_')) return decision
  const fields = Object.entries({ discountId, discountIds, discountCode })
  const [named, ...others] = fields.filter(([, value]) => (value ?? null) !== null)
  return named === undefined || others.length > 0 ? decision : { ...decision, param: named[0] }
}

function discountIdsOf({ discountId, discountIds = [] }: SubscriptionCreate): readonly Uuid[] {
  const isNamed = discountId !== undefined && discountId !== null
  return isNamed && !discountIds.includes(discountId) ? [discountId, ...discountIds] : discountIds
}

/** A date or an instant, as an instant: today means now, another day its first instant in the account's time zone. */
export function instantOf(context: CommandContext, field: string, text: string): Instant
export function instantOf(
  context: CommandContext,
  field: string,
  text: string | undefined,
): Instant | undefined
export function instantOf(
  context: CommandContext,
  field: string,
  text: string | undefined,
): Instant | undefined {
  if (text === undefined) return undefined
  const date = readDate(field, text)
  if (typeof date === 'number') return date
  const { timezone } = context.account
  const isToday = comparePlainDates(date, plainDateAt(context.now, timezone)) === 0
  return isToday ? context.now : startOfDay(date, timezone)
}

function startOf(context: CommandContext, { startDate }: SubscriptionCreate): Instant | null {
  return startDate === null || startDate === undefined
    ? null
    : instantOf(context, 'startDate', startDate)
}

type Term = Pick<CreateSubscription, 'endsAt' | 'cyclesMax'>

/** Where the request names no way to end, the product's number of bills stands. */
function termOf(body: SubscriptionCreate): Term {
  const endsAt = body.billingEndsOn ?? null
  const cyclesMax = body.billingMaxCycles ?? null
  const strategy = body.billingEndStrategy ?? null
  if (strategy === null) return { endsAt, ...(cyclesMax === null ? {} : { cyclesMax }) }
  if (strategy !== 'on_date' && endsAt !== null) throw contradicts('billingEndsOn', strategy)
  if (strategy !== 'after_cycles' && cyclesMax !== null)
    throw contradicts('billingMaxCycles', strategy)
  if (strategy === 'on_date' && endsAt === null)
    throw ApiRefusal.invalid('billingEndsOn', 'on_date needs the date on which the term ends.')
  if (strategy === 'after_cycles' && cyclesMax === null)
    throw ApiRefusal.invalid('billingMaxCycles', 'after_cycles needs the number of bills.')
  return { endsAt, cyclesMax }
}

function contradicts(field: string, strategy: string): ApiRefusal {
  return ApiRefusal.invalid(field, `Leave it out: billingEndStrategy says ${strategy}.`)
}
