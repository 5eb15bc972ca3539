import type { PriceTerms } from '@perennial/core/catalog'
import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import { compareRatio, fitsWire, ratio, type Currency } from '@perennial/core/money'
import {
  cycleAmount,
  isFirstCycleOnly,
  itemAmount,
  type FirstCharge,
  type SubscriptionItem,
} from '@perennial/core/subscriptions'
import type { BillingDayRule, Frequency, Instant } from '@perennial/core/time'
import { accepted, refused, type Decision } from '../../../platform/command/index.ts'
import { toPriceTerms, type Price, type Product } from '../../catalog/index.ts'
import type { SubscriptionProfile } from '../../subscription-profiles/index.ts'

export type PlanRefusal =
  | 'price_not_found'
  | 'price_inactive'
  | 'price_not_recurring'
  | 'intervals_differ'
  | 'currency_mismatch'
  | 'product_not_sellable'
  | 'amount_too_large'

/** What is subscribed to: prices with quantities, or a product that carries its own amount. */
export type WantedItem = {
  readonly price: Price
  readonly product: Product
  readonly quantity: bigint
  /** The field that names the price, for refusals; `priceId` when absent. */
  readonly param?: string
}

export type SubscriptionPlan = {
  readonly items: readonly SubscriptionItem[]
  readonly currency: Currency
  readonly frequency: Frequency
  readonly amountMinor: bigint
  readonly productId: Uuid
  readonly priceId: Uuid | null
  readonly trialDays: number
  readonly billingDay: BillingDayRule
  readonly firstCharge: FirstCharge
  readonly cyclesMax: number | null
  /** Decides its dates and limits in the place of prices and product. */
  readonly profile: SubscriptionProfile | null
}

type PlanContext = {
  readonly profile: SubscriptionProfile | null
  readonly subscriptionId: Uuid
  readonly currency: Currency | null
  readonly now: Instant
  readonly nextId: () => Uuid
  /**
   * What its first cycle is the price of: a trial's end, a sale, or no more than a renewal. Absent: as the product says.
   * Prices cost the same in every cycle.
   */
  readonly first?: 'trial' | 'sale' | 'renewal'
}

/** The plan that a list of prices makes; all recurring, active, of products on sale, of one currency and one interval. */
export function planFromPrices(
  wanted: readonly WantedItem[],
  context: PlanContext,
): Decision<SubscriptionPlan, PlanRefusal> {
  const [first] = wanted
  if (first === undefined) return refused('price_not_found', { param: 'priceId' })
  for (const { price, product, param = 'priceId' } of wanted) {
    if (!isOnSale(product)) return refused('product_not_sellable', { param })
    if (!price.active) return refused('price_inactive', { param })
    if (price.type !== 'recurring') return refused('price_not_recurring', { param })
    const isSameInterval =
      price.interval === first.price.interval && price.intervalCount === first.price.intervalCount
    if (!isSameInterval) return refused('intervals_differ', { param: 'items' })
    if (price.currency !== first.price.currency)
      return refused('currency_mismatch', { param: 'items' })
  }
  const currency = first.price.currency
  if (context.currency !== null && context.currency !== currency) {
    return refused('currency_mismatch', { param: 'currency' })
  }
  const items = wanted.map(({ price, product, quantity }, position) =>
    itemOf(
      {
        terms: toPriceTerms(price),
        priceId: price.id,
        unitAmountMinor: null,
        product,
        quantity,
        position,
      },
      context,
    ),
  )
  if (!isTellable(items)) return refused('amount_too_large', { param: 'quantity' })
  return accepted({
    ...planOf(first.product, { items, interval: first.price, context }),
    currency,
    priceId: first.price.id,
    trialDays: first.price.trialPeriodDays ?? first.product.trialDays,
    firstCharge: firstChargeOf(context, first.price.startRule ?? first.product.firstChargeBehavior),
  })
}

/** The plan of a product that carries its own amount, and an interval where no profile decides. */
export function planFromProduct(
  wanted: { readonly product: Product; readonly quantity: bigint },
  context: PlanContext,
): Decision<SubscriptionPlan, PlanRefusal> {
  const { product, quantity } = wanted
  // A profile makes anything a subscription (spec/revcent.md 2.1).
  const isRecurring = product.pricingModel === 'recurring' || context.profile !== null
  const isSellable = isOnSale(product) && product.pricingModel !== 'usage' && isRecurring
  if (!isSellable || product.amountMinor === null)
    return refused('product_not_sellable', { param: 'productId' })
  const currency = product.currency
  if (context.currency !== null && context.currency !== currency) {
    return refused('currency_mismatch', { param: 'currency' })
  }
  const items = ownItemsOf({ product, amountMinor: product.amountMinor, quantity }, context)
  if (!isTellable(items)) return refused('amount_too_large', { param: 'quantity' })
  return accepted({
    ...planOf(product, { items, interval: product, context }),
    currency,
    priceId: null,
    trialDays: product.trialDays,
    firstCharge: firstChargeOf(context, product.firstChargeBehavior),
  })
}

/** What is sold already goes on: this is asked of new sales only. */
function isOnSale(product: Product): boolean {
  return product.isActive && !product.isArchived
}

/** One item, or two where the first cycle has a price of its own. */
function ownItemsOf(
  sold: { readonly product: Product; readonly amountMinor: bigint; readonly quantity: bigint },
  context: PlanContext,
): readonly SubscriptionItem[] {
  const { product, amountMinor, quantity } = sold
  const { first = product.trialDays > 0 ? 'trial' : 'sale' } = context
  const renewalMinor = product.renewalAmountMinor ?? amountMinor
  const firstMinor = {
    trial: product.trialAmountMinor ?? amountMinor,
    sale: amountMinor,
    renewal: renewalMinor,
  }[first]
  const at = (unitAmountMinor: bigint, position: number): SubscriptionItem => {
    const terms = perUnit(product.currency, unitAmountMinor)
    return itemOf({ terms, priceId: null, unitAmountMinor, product, quantity, position }, context)
  }
  const lasting = at(renewalMinor, 0)
  // Also where both cost the same now: an edit changes renewals alone (spec/revcent.md 9.1).
  const hasOwnPrice = first === 'trial' && product.trialAmountMinor !== null
  return firstMinor === renewalMinor && !hasOwnPrice
    ? [lasting]
    : [
        { ...lasting, cycleFirst: 1 },
        { ...at(firstMinor, 1), cycleCount: 1 },
      ]
}

/** Units of what lasts: the price of the first cycle is of the same ones. */
export function quantityOf(items: readonly SubscriptionItem[]): bigint {
  const lasting = items.filter((item) => !isFirstCycleOnly(item))
  return lasting.reduce((sum, item) => sum + item.quantity, 0n)
}

/** What a cycle costs and how many units it has can be told on the wire. */
function isTellable(items: readonly SubscriptionItem[]): boolean {
  const costs = items.map(itemAmount)
  return [quantityOf(items), cycleAmount(items), ...costs].every(fitsWire)
}

export function perUnit(currency: Currency, unitAmountMinor: bigint): PriceTerms {
  const unitAmount = ratio(unitAmountMinor, 1n)
  assert(compareRatio(unitAmount, ratio(0n, 1n)) >= 0, 'a price is not negative')
  return {
    currency,
    scheme: { kind: 'per_unit', unitAmount },
    freeUnits: 0n,
    minimumMinor: null,
    maximumMinor: null,
  }
}

function planOf(
  product: Product,
  sold: {
    readonly items: readonly SubscriptionItem[]
    readonly interval: Pick<Product, 'interval' | 'intervalCount'>
    readonly context: Pick<PlanContext, 'profile'>
  },
) {
  const { items, interval } = sold
  const { profile } = sold.context
  const base = { items, amountMinor: cycleAmount(items), productId: product.id, profile }
  if (profile !== null) {
    const { frequency } = profile
    return { ...base, frequency, billingDay: SAME_DAY, cyclesMax: null }
  }
  return {
    ...base,
    frequency: frequencyOf(interval.interval, interval.intervalCount),
    billingDay: billingDayOf(product),
    cyclesMax: product.endBehavior === 'fixed_payments' ? product.maxPayments : null,
  }
}

const SAME_DAY = { kind: 'same_day' } as const

function itemOf(
  given: {
    readonly terms: PriceTerms
    readonly priceId: Uuid | null
    readonly unitAmountMinor: bigint | null
    readonly product: Product
    readonly quantity: bigint
    readonly position: number
  },
  context: PlanContext,
): SubscriptionItem {
  const { product, ...kept } = given
  return {
    ...kept,
    id: context.nextId(),
    subscriptionId: context.subscriptionId,
    component: 'standard',
    ownAmountMinor: null,
    productId: product.id,
    description: product.name,
    cycleFirst: 0,
    cycleCount: null,
    fulfillmentType: product.fulfillmentType,
    metadata: {},
    createdAt: context.now,
    updatedAt: context.now,
  }
}

export function frequencyOf(unit: string | null, count: number | null): Frequency {
  assert(
    unit === 'day' || unit === 'week' || unit === 'month' || unit === 'year',
    'a recurring price has an interval',
  )
  return { kind: 'unit', unit, count: count ?? 1 }
}

function billingDayOf(product: Product): BillingDayRule {
  if (product.billingAnchorRule === 'last_day') return { kind: 'last_day' }
  if (product.billingAnchorRule === 'day_of_month' && product.billingAnchorDay !== null) {
    return { kind: 'day_of_month', day: product.billingAnchorDay }
  }
  return { kind: 'same_day' }
}

function firstChargeOf(
  { profile }: Pick<PlanContext, 'profile'>,
  rule: string | null,
): FirstCharge {
  if (profile !== null) return 'immediate'
  return rule === 'next_anchor' || rule === 'prorate' ? rule : 'immediate'
}
