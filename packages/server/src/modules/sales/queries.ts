import type { ChangeSet } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import type { CustomerSale, CustomerSaleLine, SaleStatus } from '@perennial/core/sales'
import { sql } from 'kysely'
import { insertMany, updateMany, type Tx } from '../../platform/db/index.ts'
import { readWindow, type PageRequest, type Window } from '../../platform/lists/index.ts'
import {
  toSale,
  toSaleLine,
  toSaleLineRow,
  toSaleRow,
  toSaleUpdate,
  type SaleLineRow,
  type SaleRow,
} from './rows.ts'

/** A sale with its lines, in order. */
export type SaleWithLines = {
  readonly sale: CustomerSale
  readonly lines: readonly CustomerSaleLine[]
}

/** Writes what decisions want of sales: new ones, their moves, and lines whose subscription has begun. */
export async function writeSales(
  tx: Tx,
  accountId: Uuid,
  changes: Pick<
    ChangeSet,
    'newCustomerSales' | 'changedCustomerSales' | 'newSaleLines' | 'begunLines'
  >,
): Promise<void> {
  const { newCustomerSales, changedCustomerSales, newSaleLines, begunLines } = changes
  if (newCustomerSales.length + changedCustomerSales.length === 0) return
  const begun = new Map(begunLines.map((line) => [`${line.saleId} ${line.position}`, line]))
  const keyOf = ({ saleId, position }: CustomerSaleLine) => `${saleId} ${position}`
  const rows = newSaleLines.map((line) => {
    const subscriptionId = begun.get(keyOf(line))?.subscriptionId ?? line.subscriptionId
    return toSaleLineRow(accountId, { ...line, subscriptionId })
  })
  const isNew = new Set(newSaleLines.map(keyOf))
  const moved = [...begun].flatMap(([key, line]) => (isNew.has(key) ? [] : [line]))
  await insertMany(
    tx,
    'sales',
    newCustomerSales.map((sale) => toSaleRow(accountId, sale)),
  )
  await Promise.all([
    insertMany(tx, 'sale_lines', rows),
    updateMany(
      tx,
      'sales',
      changedCustomerSales.map((sale) => toSaleUpdate(accountId, sale)),
    ),
    writeBegun(tx, accountId, moved),
  ])
}

async function writeBegun(tx: Tx, accountId: Uuid, begun: ChangeSet['begunLines']): Promise<void> {
  if (begun.length === 0) return
  await sql`
    update sale_lines l set subscription_id = b.subscription_id
      from unnest(${begun.map((line) => line.saleId)}::uuid[],
                  ${begun.map((line) => line.position)}::int[],
                  ${begun.map((line) => line.subscriptionId)}::uuid[]) as b (sale_id, position, subscription_id)
     where l.account_id = ${accountId} and l.sale_id = b.sale_id and l.position = b.position`.execute(
    tx,
  )
}

/**
 * The sales that these invoices are of, by invoice. Whoever changes a sale holds its invoice: the two are one to the
 * database as they are to whoever pays.
 */
export async function findSalesOfInvoices(
  tx: Tx,
  accountId: Uuid,
  invoiceIds: readonly Uuid[],
): Promise<ReadonlyMap<Uuid, SaleWithLines>> {
  if (invoiceIds.length === 0) return new Map()
  const { rows } = await sql<SaleRow>`
    select * from sales
     where account_id = ${accountId} and invoice_id = any(${invoiceIds}::uuid[])`.execute(tx)
  const found = await withLines(tx, accountId, rows)
  return new Map(found.map((one) => [one.sale.invoiceId, one]))
}

export async function findSale(tx: Tx, accountId: Uuid, id: Uuid): Promise<SaleWithLines | null> {
  const { rows } = await sql<SaleRow>`
    select * from sales where account_id = ${accountId} and id = ${id}`.execute(tx)
  const [found] = await withLines(tx, accountId, rows)
  return found ?? null
}

/** The sale alone is locked: who charges it or takes it back holds its invoice, and changes other columns. */
export async function lockSale(tx: Tx, accountId: Uuid, id: Uuid): Promise<SaleWithLines | null> {
  const { rows } = await sql<SaleRow>`
    select * from sales where account_id = ${accountId} and id = ${id} for update`.execute(tx)
  const [found] = await withLines(tx, accountId, rows)
  return found ?? null
}

export async function writeSaleMetadata(
  tx: Tx,
  accountId: Uuid,
  { sale, lines }: SaleWithLines,
): Promise<void> {
  const { id, metadata, updatedAt } = sale
  await sql`
    update sales set metadata = ${JSON.stringify(metadata)}::jsonb, updated_at = ${updatedAt}
     where account_id = ${accountId} and id = ${id}`.execute(tx)
  await sql`
    update sale_lines l set metadata = m.metadata
      from unnest(${lines.map(({ position }) => position)}::int[],
                  ${lines.map((line) => JSON.stringify(line.metadata))}::jsonb[]) as m (position, metadata)
     where l.account_id = ${accountId} and l.sale_id = ${id} and l.position = m.position
       and l.metadata <> m.metadata`.execute(tx)
}

export type SaleFilter = {
  readonly status: SaleStatus | null
  readonly customerId: Uuid | null
  readonly campaign: string | null
  /** The one that it was sold in. */
  readonly subscriptionId: Uuid | null
  readonly created: Window
}

/** Newest first, by the account's clock. */
export async function listSales(
  tx: Tx,
  list: { readonly accountId: Uuid; readonly filter: SaleFilter; readonly page: PageRequest },
): Promise<{ readonly rows: readonly SaleWithLines[]; readonly hasMore: boolean }> {
  const { accountId, filter, page } = list
  const { status, customerId, campaign, subscriptionId, created: window } = filter
  const filters = [
    ...(status === null ? [] : [sql`status = ${status}`]),
    ...(customerId === null ? [] : [sql`customer_id = ${customerId}`]),
    ...(campaign === null ? [] : [sql`campaign = ${campaign}`]),
    ...(subscriptionId === null
      ? []
      : [
          sql`id = (select l.sale_id from sale_lines l
                     where l.account_id = ${accountId} and l.subscription_id = ${subscriptionId})`,
        ]),
  ]
  const read = { select: '*', table: 'sales', accountId, filters, page, window }
  const found = await readWindow<SaleRow>(tx, read)
  return { ...found, rows: await withLines(tx, accountId, found.rows) }
}

async function withLines(
  tx: Tx,
  accountId: Uuid,
  sales: readonly SaleRow[],
): Promise<SaleWithLines[]> {
  if (sales.length === 0) return []
  const ids = sales.map(({ id }) => id)
  const { rows } = await sql<SaleLineRow>`
    select * from sale_lines
     where account_id = ${accountId} and sale_id = any(${ids}::uuid[])
     order by sale_id, position`.execute(tx)
  const linesOf = Map.groupBy(rows.map(toSaleLine), ({ saleId }) => saleId)
  return sales.map((row) => ({ sale: toSale(row), lines: linesOf.get(row.id) ?? [] }))
}
