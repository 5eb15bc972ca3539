import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { type RawBuilder, sql } from 'kysely'
import { asOwner, type Tx } from '../../../platform/db/index.ts'
import type { IdBounds } from '../../../platform/lists/index.ts'

/** What this face keeps with an invoice that it made. */
export const INVOICE_KEYS = {
  reference: 'merchant_invoice_reference',
  /** What the merchant says of each line beside its name: `description` and `level3`. */
  lines: 'merchant_lines',
  level3: 'level3',
} as const

/** Of the bills that a merchant calls by one name, so many of the latest are asked for their refunds. */
const NAMED_MAX = 10_000

/** As the index `invoices_reference` says it. */
function isNamed(reference: string): RawBuilder<unknown> {
  const name = sql`(metadata ->> ${sql.lit(INVOICE_KEYS.reference)})`
  return sql`left(${name}, 100) = ${reference} and ${name} = ${reference} and ${name} is not null`
}

export type InvoiceSearch = {
  readonly customerIds: readonly Uuid[] | null
  /** What the merchant calls it. */
  readonly reference: string | null
  readonly billedFrom: Instant | null
  readonly billedUntil: Instant | null
  readonly changedFrom: Instant | null
  readonly changedUntil: Instant | null
  readonly order: 'id' | 'billed' | 'changed'
  readonly limit: number
  readonly offset: number
}

/** A bill, or a refund of one: that is an invoice of its own here. */
export type FoundInvoice = {
  readonly id: Uuid
  /** The bill: itself, or the one that the refund is of. */
  readonly invoiceId: Uuid
}

export async function searchInvoices(
  tx: Tx,
  accountId: Uuid,
  search: InvoiceSearch & { readonly bounds: IdBounds },
): Promise<readonly FoundInvoice[]> {
  const { customerIds, billedFrom, billedUntil, changedFrom, changedUntil, reference, bounds } =
    search
  const filters = [
    customerIds === null ? [] : [sql`customer_id = any(${customerIds}::uuid[])`],
    billedFrom === null ? [] : [sql`created_at >= ${billedFrom}`],
    billedUntil === null ? [] : [sql`created_at < ${billedUntil}`],
    changedFrom === null ? [] : [sql`updated_at >= ${changedFrom}`],
    changedUntil === null ? [] : [sql`updated_at < ${changedUntil}`],
  ].flat()
  const isWithin = sql`id between ${bounds.first} and ${bounds.last}`
  const where = sql.join([sql`account_id = ${accountId}`, isWithin, ...filters], sql` and `)
  // Ids rise with the bills they are of, so that only an order by change has to sort; that one needs a range of it.
  const isByChange = search.order === 'changed' && (changedFrom ?? changedUntil) !== null
  const order = isByChange ? sql`updated_at, id` : sql`id`
  const bills = reference === null ? sql`` : sql`and ${isNamed(reference)}`
  const refunds =
    reference === null
      ? sql`(select id, updated_at, invoice_id from refunds where ${where} and invoice_id is not null)`
      : sql`(select given.* from (select id from invoices
                                   where account_id = ${accountId} and ${isNamed(reference)}
                                   order by id desc limit ${NAMED_MAX}) as bill
             cross join lateral (
               select id, updated_at, invoice_id from refunds
                where ${where} and refunds.invoice_id = bill.id order by id limit ${NAMED_MAX}) as given)`
  const end = sql`order by ${order} limit ${search.offset + search.limit}`
  const read = async () =>
    sql<FoundInvoice>`
    select id, "invoiceId"
      from ((select id, id as "invoiceId", updated_at from invoices where ${where} ${bills} ${end})
            union all
            (select id, invoice_id as "invoiceId", updated_at from ${refunds} as given ${end})) as found
     order by ${order} limit ${search.limit} offset ${search.offset}`.execute(tx)
  const { rows } = await (reference === null ? read() : asOwner(tx, read))
  return rows
}

/** The latest sale that took money for an invoice. */
export async function readSaleOf(tx: Tx, accountId: Uuid, invoiceId: Uuid): Promise<Uuid | null> {
  const { rows } = await sql<{ readonly id: Uuid }>`
    select id from transactions
     where account_id = ${accountId} and invoice_id = ${invoiceId} and type = 'sale' and status = 'succeeded'
     order by id desc limit 1`.execute(tx)
  return rows[0]?.id ?? null
}

export async function readInvoiceOfVoid(
  tx: Tx,
  accountId: Uuid,
  voidId: Uuid,
): Promise<Uuid | null> {
  const { rows } = await sql<{ readonly invoice_id: Uuid | null }>`
    select invoice_id from voids where account_id = ${accountId} and id = ${voidId}`.execute(tx)
  return rows[0]?.invoice_id ?? null
}

export type FaceVoid = {
  readonly invoiceId: Uuid
  readonly attemptId: Uuid | null
  readonly status: string
  readonly failureCode: string | null
  readonly failureMessage: string | null
  readonly createdAt: Instant
  readonly voidedAt: Instant | null
}

/** Voids of invoices' payments, in the order in which they were made. */
export async function readVoidsOf(
  tx: Tx,
  accountId: Uuid,
  invoiceIds: readonly Uuid[],
): Promise<FaceVoid[]> {
  const { rows } = await sql<FaceVoid>`
    select t.invoice_id as "invoiceId", t.attempt_id as "attemptId", v.status,
           v.failure_code as "failureCode", v.failure_message as "failureMessage",
           v.created_at as "createdAt", v.voided_at as "voidedAt"
      from transactions t
      join voids v on v.account_id = ${accountId} and v.transaction_id = t.id
     where t.account_id = ${accountId} and t.invoice_id = any(${invoiceIds}::uuid[]) and t.type = 'sale'
     order by v.id`.execute(tx)
  return rows
}
