import { rate, unitDecimalOf } from '@perennial/core/catalog'
import type { Uuid } from '@perennial/core/ids'
import type { InvoiceLine } from '@perennial/core/invoices'
import type { Currency } from '@perennial/core/money'
import { accepted, refused, type Decision } from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import {
  findPrices,
  findProducts,
  toPriceTerms,
  type Price,
  type Product,
} from '../../catalog/index.ts'
import type { BillingDeps } from '../scope.ts'

/** A line as a merchant asks for it: with an amount of its own, or with a price. */
export type LineRequest = {
  /** Null = the product's name. */
  readonly description: string | null
  readonly quantity: bigint
  /** Null = what the price says. */
  readonly unitAmountMinor: bigint | null
  readonly priceId: Uuid | null
  readonly productId: Uuid | null
}

export type LineRefusal =
  | 'total_missing'
  | 'price_not_found'
  | 'product_not_found'
  | 'product_not_sellable'
  | 'price_inactive'
  | 'line_amount_missing'
  | 'line_description_missing'
  | 'currency_mismatch'
  | 'total_too_large'
  | 'total_differs'

export type DraftedLines = { readonly lines: readonly InvoiceLine[]; readonly totalMinor: bigint }

/** What a JSON number can hold exactly. */
const TOTAL_MAX_MINOR = 2n ** 53n - 1n

/** Lines and total of a manual invoice; a total alone needs no lines. Refusals name the line they are about. */
export async function draftLines(
  deps: Pick<BillingDeps, 'ids'>,
  source: { readonly tx: Tx; readonly accountId: Uuid },
  request: {
    readonly invoiceId: Uuid
    readonly currency: Currency
    readonly totalMinor: bigint | null
    readonly lines: readonly LineRequest[]
  },
): Promise<Decision<DraftedLines, LineRefusal>> {
  const { lines: requests, totalMinor } = request
  if (requests.length === 0) {
    if (totalMinor === null) return refused('total_missing')
    return accepted({ lines: [], totalMinor })
  }
  const catalog = await loadCatalog(source, requests)
  const lines: InvoiceLine[] = []
  for (const [position, line] of requests.entries()) {
    const parts = priceLine(line, { catalog, currency: request.currency })
    if (parts.kind === 'refused')
      return { ...parts, param: `line_items[${position}].${parts.param ?? 'description'}` }
    lines.push({
      ...parts.value,
      id: deps.ids.next(),
      invoiceId: request.invoiceId,
      position,
      subscriptionItemId: null,
      quantity: line.quantity,
      currency: request.currency,
      period: null,
      isProration: false,
    })
  }
  const sumMinor = lines.reduce((sum, line) => sum + line.amountMinor, 0n)
  if (sumMinor > TOTAL_MAX_MINOR) return refused('total_too_large', { param: 'line_items' })
  if (totalMinor !== null && totalMinor !== sumMinor)
    return refused('total_differs', { param: 'total_minor' })
  return accepted({ lines, totalMinor: sumMinor })
}

type Catalog = {
  readonly prices: ReadonlyMap<Uuid, Price>
  readonly products: ReadonlyMap<Uuid, Product>
}

async function loadCatalog(
  { tx, accountId }: { readonly tx: Tx; readonly accountId: Uuid },
  lines: readonly LineRequest[],
): Promise<Catalog> {
  const priceIds = lines.flatMap(({ priceId }) => (priceId === null ? [] : [priceId]))
  const prices = await findPrices(tx, accountId, priceIds)
  const named = lines.flatMap(({ productId }) => (productId === null ? [] : [productId]))
  const productIds = [...named, ...prices.map((price) => price.productId)]
  const products = await findProducts(tx, accountId, productIds)
  return {
    prices: new Map(prices.map((price) => [price.id, price])),
    products: new Map(products.map((product) => [product.id, product])),
  }
}

type PricedLine = Pick<
  InvoiceLine,
  'priceId' | 'productId' | 'description' | 'unitAmountDecimal' | 'amountMinor'
>

function priceLine(
  line: LineRequest,
  given: { readonly catalog: Catalog; readonly currency: Currency },
): Decision<PricedLine, LineRefusal> {
  const { prices, products } = given.catalog
  const price = line.priceId === null ? null : prices.get(line.priceId)
  if (price === undefined) return refused('price_not_found', { param: 'price_id' })
  const productId = line.productId ?? price?.productId ?? null
  const product = productId === null ? null : products.get(productId)
  if (product === undefined) return refused('product_not_found', { param: 'product_id' })
  const description = line.description ?? product?.name ?? null
  if (description === null) return refused('line_description_missing', { param: 'description' })
  const base = { priceId: line.priceId, productId, description }
  if (line.unitAmountMinor !== null) {
    const amountMinor = line.quantity * line.unitAmountMinor
    return accepted({ ...base, unitAmountDecimal: String(line.unitAmountMinor), amountMinor })
  }
  if (price === null) return refused('line_amount_missing', { param: 'unit_amount_minor' })
  // The catalogue sells here; an amount of its own above may bill for what is sold no more.
  if (product !== null && (!product.isActive || product.isArchived))
    return refused('product_not_sellable', { param: 'price_id' })
  if (!price.active) return refused('price_inactive', { param: 'price_id' })
  if (price.currency.toUpperCase() !== given.currency)
    return refused('currency_mismatch', { param: 'price_id' })
  const terms = toPriceTerms(price)
  const { amountMinor } = rate(terms, line.quantity)
  return accepted({ ...base, unitAmountDecimal: unitDecimalOf(terms), amountMinor })
}
