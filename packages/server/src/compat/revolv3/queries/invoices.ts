import type { Uuid } from '@perennial/core/ids'
import { addMs, maxInstant, minInstant, MS_PER_HOUR, type Instant } from '@perennial/core/time'
import { type RawBuilder, sql } from 'kysely'
import type { Environment } from '../../../platform/command/index.ts'
import { asOwner, type Tx } from '../../../platform/db/index.ts'
import { idBounds, type IdBounds } from '../../../platform/lists/index.ts'

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

/** Of the bills and refunds that changed in a range, so many are sorted; the pages reach no further either. */
export const CHANGED_MAX = 100_000

/** `too_many` changed in the range that is asked for. */
export async function searchInvoices(
  tx: Tx,
  accountId: Uuid,
  search: InvoiceSearch & { readonly environment: Environment },
): Promise<readonly FoundInvoice[] | 'too_many'> {
  const { reference, changedFrom, changedUntil } = search
  if (reference !== null) return searchNamed(tx, accountId, { ...search, reference })
  if ((changedFrom ?? changedUntil) !== null) return searchChanged(tx, accountId, search)
  const where = filterOf(accountId, search, boundsOf(search))
  const end = sql`order by id limit ${search.offset + search.limit}`
  const { rows } = await sql<FoundInvoice>`
    select id, "invoiceId"
      from ((select id, id as "invoiceId" from invoices where ${where} ${end})
            union all
            (select id, invoice_id from refunds where ${where} and invoice_id is not null ${end})) as found
     order by id limit ${search.limit} offset ${search.offset}`.execute(tx)
  return rows
}

/** Of what a merchant calls by one name. */
async function searchNamed(
  tx: Tx,
  accountId: Uuid,
  search: InvoiceSearch & { readonly environment: Environment; readonly reference: string },
): Promise<readonly FoundInvoice[]> {
  const where = filterOf(accountId, search, boundsOf(search))
  const bills = isNamed(search.reference)
  const order = orderOf(search)
  const end = sql`order by ${order} limit ${search.offset + search.limit}`
  const { rows } = await asOwner(tx, () =>
    sql<FoundInvoice>`
    select id, "invoiceId"
      from ((select id, id as "invoiceId", updated_at from invoices where ${where} and ${bills} ${end})
            union all
            (select id, "invoiceId", updated_at
               from (select id as bill_id from invoices
                      where account_id = ${accountId} and ${bills}
                      order by id desc limit ${NAMED_MAX}) as bill
              cross join lateral (
                select id, invoice_id as "invoiceId", updated_at from refunds
                 where ${where} and refunds.invoice_id = bill.bill_id order by id limit ${NAMED_MAX}) as given
              ${end})) as found
     order by ${order} limit ${search.limit} offset ${search.offset}`.execute(tx),
  )
  return rows
}

/** As the index `invoices_changed_later` says it, and what is in it never. */
const CHANGED_LATER = sql`updated_at - created_at > interval '1 hour'`
const CHANGED_SOON = sql`updated_at - created_at <= interval '1 hour'`

/**
 * Bills that changed within the hour are found by when they were made, so that one that is paid at once writes no index;
 * the others, and refunds, by their change. All of them are sorted: whatever the order, the range is read once.
 */
async function searchChanged(
  tx: Tx,
  accountId: Uuid,
  search: InvoiceSearch & { readonly environment: Environment },
): Promise<readonly FoundInvoice[] | 'too_many'> {
  const { billedFrom, changedFrom } = search
  const madeFrom = changedFrom === null ? null : addMs(changedFrom, -MS_PER_HOUR)
  const soon = { ...search, billedFrom: maxOf(billedFrom, madeFrom) }
  const where = filterOf(accountId, search, boundsOf(search))
  const whereSoon = filterOf(accountId, soon, boundsOf(soon))
  const { rows } = await sql<FoundInvoice & { readonly count: bigint }>`
    with found as materialized (
      (select id, id as "invoiceId", updated_at from invoices where ${where} and ${CHANGED_LATER} limit ${CHANGED_MAX + 1})
      union all
      (select id, id, updated_at from invoices where ${whereSoon} and ${CHANGED_SOON} limit ${CHANGED_MAX + 1})
      union all
      (select id, invoice_id, updated_at from refunds
        where ${where} and invoice_id is not null limit ${CHANGED_MAX + 1}))
    select id, "invoiceId", (select count(*) from found) as count
      from found
     order by ${orderOf(search)} limit ${search.limit} offset ${search.offset}`.execute(tx)
  if (rows.some(({ count }) => count > CHANGED_MAX)) return 'too_many'
  return rows.map(({ id, invoiceId }) => ({ id, invoiceId }))
}

/** Ids rise with the bills they are of, so that only an order by change has to sort. */
function orderOf({ order }: InvoiceSearch): RawBuilder<unknown> {
  return order === 'changed' ? sql`updated_at, id` : sql`id`
}

/** What is changed before a day was made before it. */
function boundsOf(search: InvoiceSearch & { readonly environment: Environment }): IdBounds {
  const { environment, billedFrom: from, billedUntil, changedUntil } = search
  return idBounds(environment, { from, until: minOf(billedUntil, changedUntil) })
}

function filterOf(
  accountId: Uuid,
  { customerIds, billedFrom, billedUntil, changedFrom, changedUntil }: InvoiceSearch,
  bounds: IdBounds,
): RawBuilder<unknown> {
  const filters = [
    [sql`account_id = ${accountId}`, sql`id between ${bounds.first} and ${bounds.last}`],
    customerIds === null ? [] : [sql`customer_id = any(${customerIds}::uuid[])`],
    billedFrom === null ? [] : [sql`created_at >= ${billedFrom}`],
    billedUntil === null ? [] : [sql`created_at < ${billedUntil}`],
    changedFrom === null ? [] : [sql`updated_at >= ${changedFrom}`],
    changedUntil === null ? [] : [sql`updated_at < ${changedUntil}`],
  ].flat()
  return sql.join(filters, sql` and `)
}

function minOf(one: Instant | null, other: Instant | null): Instant | null {
  return one === null || other === null ? (one ?? other) : minInstant(one, other)
}

function maxOf(one: Instant | null, other: Instant | null): Instant | null {
  return one === null || other === null ? (one ?? other) : maxInstant(one, other)
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
