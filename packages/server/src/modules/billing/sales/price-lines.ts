import type { SaleEntry } from '@perennial/core/billing'
import { rate } from '@perennial/core/catalog'
import type { Uuid } from '@perennial/core/ids'
import { fitsWire, type Currency } from '@perennial/core/money'
import {
  isShippedWithSale,
  NEW_SALE_LINE,
  type CustomerSaleLine,
  type SoldTerms,
} from '@perennial/core/sales'
import { accepted, refused, type Decision } from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import type { JsonObject } from '../../../platform/wire/index.ts'
import {
  findPrices,
  findProducts,
  toPriceTerms,
  type Price,
  type Product,
} from '../../catalog/index.ts'
import { lockProfilesShared, type SubscriptionProfile } from '../../subscription-profiles/index.ts'
import type { BorneItem } from '../extras/load-extras.ts'
import { frequencyOf } from '../subscriptions/plan-subscription.ts'

/** A product line as it is asked for: a price, or a product's own amounts. */
export type WantedLine = {
  readonly productId: Uuid | null
  readonly priceId: Uuid | null
  readonly quantity: bigint
  /** In this sale, in the place of the product's amount. */
  readonly unitAmountMinor: bigint | null
}

export type WantedShipping = SaleEntry & {
  /** The product line that is shipped, by its place in the list. */
  readonly line: number | null
  readonly details: JsonObject
}

export type WantedLines = {
  readonly currency: Currency | null
  readonly lines: readonly WantedLine[]
  readonly shipping: readonly WantedShipping[]
}

/** What extras ask of a line. */
type SoldGoods = Required<BorneItem>

export type LinesRefusal =
  | 'sale_empty'
  | 'line_unclear'
  | 'price_not_found'
  | 'price_inactive'
  | 'product_not_found'
  | 'product_not_sellable'
  | 'currency_mismatch'
  | 'profile_disabled'
  | 'shipped_line_unknown'
  | 'total_too_large'

export type PricedLines = {
  readonly currency: Currency
  readonly lines: readonly CustomerSaleLine[]
  /** Of each product line. */
  readonly goods: readonly SoldGoods[]
}

export type Stage = { readonly tx: Tx; readonly accountId: Uuid; readonly nextId: () => Uuid }

/**
 * The products and the shipping of a sale with what each costs now and, where it sells a subscription, the terms that are kept for it.
 * Profiles are held until the caller commits. Refusals name the line they are about.
 */
export async function priceLines(
  stage: Stage,
  wanted: WantedLines & { readonly saleId: Uuid },
): Promise<Decision<PricedLines, LinesRefusal>> {
  const catalog = await loadCatalog(stage, wanted.lines)
  const sold: CustomerSaleLine[] = []
  let currency = wanted.currency
  for (const [position, line] of wanted.lines.entries()) {
    const priced = priceLine(line, { ...wanted, catalog, currency, position, nextId: stage.nextId })
    if (priced.kind === 'refused')
      return { ...priced, param: `lines[${position}].${priced.param ?? 'product_id'}` }
    currency = priced.value.currency
    sold.push(priced.value.line)
  }
  if (currency === null) return refused('sale_empty', { param: 'lines' })
  const shipped = withShipping(sold, { ...wanted, catalog, nextId: stage.nextId })
  if (shipped.kind === 'refused') return shipped
  return accepted({ currency, lines: shipped.value, goods: sold.map((line) => toGoods(line, catalog)) }) // prettier-ignore
}

function toGoods({ productId, begins }: CustomerSaleLine, { products }: Catalog): SoldGoods {
  const product = productId === null ? undefined : products.get(productId)
  // What is shipped when a trial ends is charged then, as it is on renewals.
  const isNow = begins === null || isShippedWithSale(begins)
  return {
    productId,
    isRecurring: begins !== null,
    fulfillmentType: isNow ? (product?.fulfillmentType ?? 'none') : 'none',
  }
}

type Catalog = {
  readonly prices: ReadonlyMap<Uuid, Price>
  readonly products: ReadonlyMap<Uuid, Product>
  readonly profiles: ReadonlyMap<Uuid, SubscriptionProfile>
}

async function loadCatalog(
  { tx, accountId }: Stage,
  lines: readonly WantedLine[],
): Promise<Catalog> {
  const prices = await findPrices(
    tx,
    accountId,
    idsOf(lines, (line) => line.priceId),
  )
  const productIds = [
    ...idsOf(lines, (line) => line.productId),
    ...idsOf(prices, (price) => price.productId),
  ]
  const products = await findProducts(tx, accountId, [...new Set(productIds)])
  const profileIds = idsOf([...prices, ...products], (sold) => sold.profileId)
  const profiles = await lockProfilesShared(tx, accountId, profileIds)
  return { prices: byId(prices), products: byId(products), profiles: byId(profiles) }
}

function idsOf<T>(list: readonly T[], idOf: (one: T) => Uuid | null): Uuid[] {
  return [...new Set(list.flatMap((one) => idOf(one) ?? []))]
}

function byId<T extends { readonly id: Uuid }>(list: readonly T[]): ReadonlyMap<Uuid, T> {
  return new Map(list.map((one) => [one.id, one]))
}

type Priced = { readonly currency: Currency; readonly line: CustomerSaleLine }

function priceLine(
  wanted: WantedLine,
  given: {
    readonly catalog: Catalog
    readonly saleId: Uuid
    /** Null until a line has said it. */
    readonly currency: Currency | null
    readonly position: number
    readonly nextId: () => Uuid
  },
): Decision<Priced, LinesRefusal> {
  const { catalog } = given
  const price = wanted.priceId === null ? null : catalog.prices.get(wanted.priceId)
  if (price === undefined) return refused('price_not_found', { param: 'price_id' })
  const productId = wanted.productId ?? price?.productId ?? null
  if (productId === null || (price !== null && price.productId !== productId))
    return refused('line_unclear', { param: price === null ? 'product_id' : 'price_id' })
  const product = catalog.products.get(productId)
  if (product === undefined) return refused('product_not_found')
  if (!product.isActive || product.isArchived || product.pricingModel === 'usage')
    return refused('product_not_sellable')
  if (price !== null && !price.active) return refused('price_inactive', { param: 'price_id' })
  if (price === null && product.amountMinor === null) return refused('product_not_sellable')
  const currency = price?.currency ?? product.currency
  if (given.currency !== null && given.currency !== currency) return refused('currency_mismatch')

  const profileId = price?.profileId ?? product.profileId
  const profile = profileId === null ? null : (catalog.profiles.get(profileId) ?? null)
  if (profile !== null && (!profile.isEnabled || profile.archivedAt !== null))
    return refused('profile_disabled')
  const begins = termsOf({ price, product, profile })
  const costs = costOf(wanted, { price, product })
  const isTrial = begins !== null && begins.trialDays > 0
  const line: CustomerSaleLine = {
    ...NEW_SALE_LINE,
    saleId: given.saleId,
    position: given.position,
    kind: 'product',
    invoiceLineId: given.nextId(),
    productId,
    priceId: price?.id ?? null,
    description: product.name,
    quantity: wanted.quantity,
    // In a trial nothing is charged now (spec/revcent.md 4).
    unitAmountMinor: isTrial ? 0n : costs.unitAmountMinor,
    amountMinor: isTrial ? 0n : costs.amountMinor,
    profileId: begins === null ? null : profileId,
    begins,
  }
  return fitsWire(costs.amountMinor)
    ? accepted({ currency, line })
    : refused('total_too_large', { param: 'quantity' })
}

type Sold = { readonly price: Price | null; readonly product: Product }

function costOf(
  { quantity, unitAmountMinor: own }: WantedLine,
  { price, product }: Sold,
): { readonly unitAmountMinor: bigint | null; readonly amountMinor: bigint } {
  const unitAmountMinor = own ?? (price === null ? (product.amountMinor ?? 0n) : null)
  if (unitAmountMinor !== null) return { unitAmountMinor, amountMinor: quantity * unitAmountMinor }
  const amountMinor = price === null ? 0n : rate(toPriceTerms(price), quantity).amountMinor
  return { unitAmountMinor: null, amountMinor }
}

/** Null for what is sold once. A profile makes anything a subscription (spec/revcent.md 2.1). */
function termsOf({
  price,
  product,
  profile,
}: Sold & { readonly profile: SubscriptionProfile | null }): SoldTerms | null {
  const interval = price ?? product
  const isRecurring =
    price === null ? product.pricingModel === 'recurring' : price.type === 'recurring'
  if (profile === null && !isRecurring) return null
  const ownMinor = price === null ? product.amountMinor : null
  return {
    trialDays: price?.trialPeriodDays ?? product.trialDays,
    trialUnitMinor: price === null ? (product.trialAmountMinor ?? ownMinor) : null,
    renewalUnitMinor: price === null ? (product.renewalAmountMinor ?? ownMinor) : null,
    trialShipping: product.trialShipping,
    shippingAtTrialEndMinor: 0n,
    frequency: profile?.frequency ?? frequencyOf(interval.interval, interval.intervalCount),
    cyclesMax: product.endBehavior === 'fixed_payments' ? product.maxPayments : null,
    fulfillmentType: product.fulfillmentType,
    extras: null,
    usedDiscountIds: [],
  }
}

/** Adds shipping; that of a trial is charged when its product says. */
function withShipping(
  sold: readonly CustomerSaleLine[],
  wanted: WantedLines & {
    readonly saleId: Uuid
    readonly catalog: Catalog
    readonly nextId: () => Uuid
  },
): Decision<readonly CustomerSaleLine[], LinesRefusal> {
  const lines = [...sold]
  for (const [index, shipping] of wanted.shipping.entries()) {
    const of = shipping.line === null ? findTrialShipped(sold, wanted.catalog) : sold[shipping.line]
    if (of === undefined)
      return refused('shipped_line_unknown', { param: `shipping[${index}].line` })
    const begins = of?.begins ?? null
    const isTrial = begins !== null && begins.trialDays > 0
    if (of !== null && isTrial && begins.trialShipping !== 'at_sale')
      deferShipping(lines, of.position, shipping.amountMinor)
    const isNow = begins === null || isShippedWithSale(begins)
    lines.push({
      ...NEW_SALE_LINE,
      saleId: wanted.saleId,
      position: lines.length,
      kind: 'shipping',
      description: shipping.description,
      invoiceLineId: isNow ? wanted.nextId() : null,
      ofPosition: of?.position ?? null,
      amountMinor: isNow ? shipping.amountMinor : 0n,
      details: isNow ? shipping.details : { ...shipping.details, charged: 'at_trial_end' },
    })
  }
  return accepted(lines)
}

/** What shipping is of that names no line: something in a trial where all that is shipped is, and what goes out now first. */
function findTrialShipped(
  sold: readonly CustomerSaleLine[],
  { products }: Catalog,
): CustomerSaleLine | null {
  const goods = sold.filter(
    ({ productId }) =>
      productId !== null && products.get(productId)?.fulfillmentType === 'physical',
  )
  const shipped = goods.length > 0 ? goods : sold
  if (shipped.some(({ begins }) => begins === null || begins.trialDays === 0)) return null
  const now = shipped.find(({ begins }) => begins !== null && isShippedWithSale(begins))
  return now ?? shipped[0] ?? null
}

function deferShipping(lines: CustomerSaleLine[], position: number, amountMinor: bigint): void {
  const line = lines[position]
  if (line === undefined || line.begins === null) return
  const shippingAtTrialEndMinor = line.begins.shippingAtTrialEndMinor + amountMinor
  lines[position] = { ...line, begins: { ...line.begins, shippingAtTrialEndMinor } }
}
