import type { Uuid } from '@perennial/core/ids'
import { type RawBuilder, sql } from 'kysely'
import { COLUMN_TYPES, type Tx, insertMany, updateMany } from '../../platform/db/index.ts'
import {
  type Page,
  type PageRequest,
  readPage,
  readRows,
  searchPage,
} from '../../platform/lists/index.ts'
import type { PriceTerms } from '@perennial/core/catalog'
import { type Price, toPriceTerms } from './price.ts'
import type { Product } from './product.ts'
import { type ProductRow, toProduct, toProductRow } from './product-rows.ts'
import { type PriceRow, toPrice, toPriceRow } from './price-rows.ts'

type Key = { readonly accountId: Uuid; readonly id: Uuid }

const PRODUCT_COLUMNS = `id, reference, name, description, kind, pricing_model, amount_minor, currency, interval_unit,
  interval_count, trial_days, usage_meter_id, slug, image_url, tax_behavior, tax_code, product_group, fulfillment_type,
  track_inventory, stock_quantity, billing_anchor_rule, billing_anchor_day, first_charge_behavior, end_behavior,
  max_payments, profile_id, is_active, is_archived, recovery, trial_amount_minor, renewal_amount_minor, trial_shipping,
  metadata, created_at, updated_at`

const PRICE_COLUMNS = `id, product_id, version, active, currency, type, pricing_model, billing_scheme,
  unit_amount_minor, unit_amount_decimal, minimum_amount_minor, maximum_amount_minor, suggested_amount_minor,
  preset_amounts, tiers_mode, tiers, transform_divide_by, transform_round, percentage_rate_bps, free_units,
  spending_minimum_minor, spending_maximum_minor, interval_unit, interval_count, trial_period_days, start_rule, name,
  nickname, description, lookup_key, profile_id, metadata, created_at, updated_at`

export async function insertProducts(
  tx: Tx,
  accountId: Uuid,
  products: readonly Product[],
): Promise<void> {
  const rows = products.map((product) => ({ account_id: accountId, ...toProductRow(product) }))
  await insertMany(tx, 'products', rows, COLUMN_TYPES.products)
}

export async function updateProductRow(tx: Tx, accountId: Uuid, product: Product): Promise<void> {
  await updateMany(
    tx,
    'products',
    [{ account_id: accountId, ...toProductRow(product) }],
    COLUMN_TYPES.products,
  )
}

export async function findProduct(tx: Tx, key: Key): Promise<Product | null> {
  return selectProduct(tx, key, sql``)
}

export async function lockProduct(tx: Tx, key: Key): Promise<Product | null> {
  return selectProduct(tx, key, sql`for update`)
}

async function selectProduct(tx: Tx, key: Key, lock: RawBuilder<unknown>): Promise<Product | null> {
  const { rows } = await sql<ProductRow>`
    select ${sql.raw(PRODUCT_COLUMNS)}
      from products
     where account_id = ${key.accountId} and id = ${key.id} ${lock}`.execute(tx)
  const [row] = rows
  return row === undefined ? null : toProduct(row)
}

/** Of the products named, those that exist. */
export async function findProducts(
  tx: Tx,
  accountId: Uuid,
  ids: readonly Uuid[],
): Promise<Product[]> {
  const { rows } = await sql<ProductRow>`
    select ${sql.raw(PRODUCT_COLUMNS)}
      from products
     where account_id = ${accountId} and id = any(${ids}::uuid[])`.execute(tx)
  return rows.map(toProduct)
}

export type ProductFilter = {
  readonly search: string | null
  readonly kind: string | null
  readonly isActive: boolean | null
  readonly isArchived: boolean
}

export async function listProducts(
  tx: Tx,
  list: { readonly accountId: Uuid; readonly filter: ProductFilter; readonly page: PageRequest },
): Promise<Page<Product>> {
  const { accountId, filter, page } = list
  const filters = [sql`is_archived = ${filter.isArchived}`]
  if (filter.kind !== null) filters.push(sql`kind = ${filter.kind}`)
  if (filter.isActive !== null) filters.push(sql`is_active = ${filter.isActive}`)
  const read = { select: PRODUCT_COLUMNS, table: 'products', accountId, filters, page }
  const found =
    filter.search === null
      ? await readPage<ProductRow>(tx, read)
      : await searchPage<ProductRow>(tx, { ...read, text: filter.search })
  return { ...found, rows: found.rows.map(toProduct) }
}

export async function insertPrices(
  tx: Tx,
  accountId: Uuid,
  prices: readonly Price[],
): Promise<void> {
  const rows = prices.map((price) => ({ account_id: accountId, ...toPriceRow(price) }))
  await insertMany(tx, 'prices', rows, COLUMN_TYPES.prices)
}

export async function updatePriceRow(tx: Tx, accountId: Uuid, price: Price): Promise<void> {
  await updateMany(
    tx,
    'prices',
    [{ account_id: accountId, ...toPriceRow(price) }],
    COLUMN_TYPES.prices,
  )
}

export async function findPrice(tx: Tx, key: Key): Promise<Price | null> {
  return selectPrice(tx, key, sql``)
}

export async function lockPrice(tx: Tx, key: Key): Promise<Price | null> {
  return selectPrice(tx, key, sql`for update`)
}

async function selectPrice(tx: Tx, key: Key, lock: RawBuilder<unknown>): Promise<Price | null> {
  const { rows } = await sql<PriceRow>`
    select ${sql.raw(PRICE_COLUMNS)}
      from prices
     where account_id = ${key.accountId} and id = ${key.id} ${lock}`.execute(tx)
  const [row] = rows
  return row === undefined ? null : toPrice(row)
}

/** Of the prices named, those that exist; archived ones too, as running subscriptions keep theirs. */
export async function findPrices(tx: Tx, accountId: Uuid, ids: readonly Uuid[]): Promise<Price[]> {
  if (ids.length === 0) return []
  const { rows } = await sql<PriceRow>`
    select ${sql.raw(PRICE_COLUMNS)}
      from prices
     where account_id = ${accountId} and id = any(${ids}::uuid[])`.execute(tx)
  return rows.map(toPrice)
}

/** What each of these prices makes of a quantity. */
export async function findPriceTerms(
  tx: Tx,
  accountId: Uuid,
  ids: readonly Uuid[],
): Promise<ReadonlyMap<Uuid, PriceTerms>> {
  const prices = await findPrices(tx, accountId, ids)
  return new Map(prices.map((price) => [price.id, toPriceTerms(price)]))
}

export type PriceFilter = {
  readonly productId: Uuid | null
  readonly type: string | null
  readonly pricingModel: string | null
  readonly active: boolean | null
  readonly currency: string | null
  readonly lookupKey: string | null
}

export async function listPrices(
  tx: Tx,
  list: { readonly accountId: Uuid; readonly filter: PriceFilter; readonly page: PageRequest },
): Promise<{ readonly rows: readonly Price[]; readonly hasMore: boolean }> {
  const { accountId, filter, page } = list
  const filters: RawBuilder<unknown>[] = []
  if (filter.productId !== null) filters.push(sql`product_id = ${filter.productId}`)
  if (filter.type !== null) filters.push(sql`type = ${filter.type}`)
  if (filter.pricingModel !== null) filters.push(sql`pricing_model = ${filter.pricingModel}`)
  if (filter.active !== null) filters.push(sql`active = ${filter.active}`)
  if (filter.currency !== null) filters.push(sql`currency = ${filter.currency}`)
  if (filter.lookupKey !== null) filters.push(sql`lookup_key = ${filter.lookupKey}`)
  const found = await readRows<PriceRow>(tx, {
    select: PRICE_COLUMNS,
    table: 'prices',
    accountId,
    filters,
    page,
  })
  return { ...found, rows: found.rows.map(toPrice) }
}
