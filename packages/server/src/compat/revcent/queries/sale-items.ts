import type { Uuid } from '@perennial/core/ids'
import type { Currency } from '@perennial/core/money'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'

/** A product line of a sale; it goes by the id of its line on the sale's bill. */
export type ProductSale = {
  readonly id: Uuid
  readonly saleId: Uuid
  readonly position: number
  readonly customerId: Uuid
  readonly invoiceId: Uuid
  readonly productId: Uuid | null
  readonly subscriptionId: Uuid | null
  readonly description: string
  readonly quantity: bigint
  readonly amountMinor: bigint
  readonly currency: Currency
  readonly metadata: Readonly<Record<string, unknown>>
  readonly createdAt: Instant
}

const PRODUCT_SALES = sql`
  select l.invoice_line_id as id, l.sale_id as "saleId", l.position, s.customer_id as "customerId",
         s.invoice_id as "invoiceId", l.product_id as "productId", l.subscription_id as "subscriptionId", l.description,
         l.quantity, l.amount_minor as "amountMinor", s.currency, l.metadata, s.created_at as "createdAt"
    from sale_lines l
    join sales s on s.account_id = l.account_id and s.id = l.sale_id`

export async function findProductSale(
  tx: Tx,
  accountId: Uuid,
  id: Uuid,
): Promise<ProductSale | null> {
  const { rows } = await sql<ProductSale>`
    ${PRODUCT_SALES}
     where l.account_id = ${accountId} and l.kind = 'product'
       and (l.sale_id, l.invoice_line_id) in (
         select o.id, i.id
           from invoice_lines i
           join sales o on o.account_id = i.account_id and o.invoice_id = i.invoice_id
          where i.account_id = ${accountId} and i.id = ${id})`.execute(tx)
  return rows[0] ?? null
}

/** The product lines of a sale, in order. */
export async function listProductSales(
  tx: Tx,
  accountId: Uuid,
  saleId: Uuid,
): Promise<ProductSale[]> {
  const { rows } = await sql<ProductSale>`
    ${PRODUCT_SALES}
     where l.account_id = ${accountId} and l.sale_id = ${saleId} and l.kind = 'product'
     order by l.position`.execute(tx)
  return rows
}

/** Whose a sale, a shipment or a dispute is. */
export async function findCustomerOf(
  tx: Tx,
  accountId: Uuid,
  item: { readonly table: 'sales' | 'shipments' | 'disputes'; readonly id: Uuid },
): Promise<Uuid | null> {
  const { rows } = await sql<{ readonly customer_id: Uuid }>`
    select customer_id from ${sql.table(item.table)}
     where account_id = ${accountId} and id = ${item.id}`.execute(tx)
  return rows[0]?.customer_id ?? null
}

/** Shipments of bills, at most one a bill. */
export async function listShipmentIdsOf(
  tx: Tx,
  accountId: Uuid,
  invoiceIds: readonly Uuid[],
): Promise<Uuid[]> {
  const { rows } = await sql<{ readonly id: Uuid }>`
    select id from shipments
     where account_id = ${accountId} and invoice_id = any(${invoiceIds}::uuid[])
     order by id`.execute(tx)
  return rows.map(({ id }) => id)
}
