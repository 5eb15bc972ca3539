import type { Uuid } from '@perennial/core/ids'
import type { Invoice, InvoiceLine } from '@perennial/core/invoices'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import {
  insertMany,
  lockRows,
  rowsOf,
  updateMany,
  updateUnchanged,
  type Tx,
  type WriterId,
} from '../../platform/db/index.ts'
import {
  readChoicesPage,
  readPage,
  type Page,
  type PageRequest,
} from '../../platform/lists/index.ts'
import {
  toInvoice,
  toInvoiceDetails,
  toInvoiceLine,
  toInvoiceLineRow,
  toInvoiceRow,
  toInvoiceUpdate,
  toSourceColumns,
  type InvoiceLineRow,
  type InvoiceRow,
  type StoredInvoice,
} from './rows.ts'

/**
 * Takes `count` numbers in a row, gap-free: the counter stays locked until the transaction ends, and a
 * rollback gives the numbers back. Take them last, so that the lock is short.
 */
export async function takeInvoiceNumbers(tx: Tx, accountId: Uuid, count: number): Promise<bigint> {
  const { rows } = await sql<{ readonly first: bigint }>`
    insert into invoice_counters as c (account_id, next_number)
    values (${accountId}, 1 + ${count}::int)
    on conflict (account_id) do update set next_number = c.next_number + ${count}::int
    returning c.next_number - ${count}::int as first`.execute(tx)
  return rows[0]?.first ?? 1n
}

export async function insertInvoices(
  tx: Tx,
  accountId: Uuid,
  invoices: readonly Invoice[],
): Promise<void> {
  await insertMany(
    tx,
    'invoices',
    rowsOf(invoices, (invoice) => toInvoiceRow(accountId, invoice)),
  )
}

/** With `lastWriter`: only if all of them stand as that transaction left them. */
export async function updateInvoices(
  tx: Tx,
  accountId: Uuid,
  invoices: readonly Invoice[],
  lastWriter?: WriterId,
): Promise<void> {
  const rows = rowsOf(invoices, (invoice) => toInvoiceUpdate(accountId, invoice))
  if (lastWriter === undefined) await updateMany(tx, 'invoices', rows)
  else await updateUnchanged(tx, 'invoices', rows, lastWriter)
}

export async function insertInvoiceLines(
  tx: Tx,
  accountId: Uuid,
  lines: readonly InvoiceLine[],
): Promise<void> {
  const isItem = ({ source }: InvoiceLine): boolean => source === undefined
  const items = lines.every(isItem) ? lines : lines.filter(isItem)
  // Most bills have nothing but items: these write no more than before.
  const others = lines.length === items.length ? [] : lines
  await Promise.all([
    insertMany(
      tx,
      'invoice_lines',
      rowsOf(items, (line) => toInvoiceLineRow(accountId, line)),
    ),
    insertMany(
      tx,
      'invoice_lines',
      others.flatMap(({ source, ...line }) =>
        source === undefined
          ? []
          : [{ ...toInvoiceLineRow(accountId, line), ...toSourceColumns(source) }],
      ),
    ),
  ])
}

/** Metadata, custom fields and allowed methods, which are no part of a decision. */
export async function updateInvoiceDetails(
  tx: Tx,
  accountId: Uuid,
  invoice: StoredInvoice,
): Promise<void> {
  await updateMany(tx, 'invoices', [toInvoiceDetails(accountId, invoice)])
}

/** Takes the lines of a draft away, before others are written or the draft goes. */
export async function deleteInvoiceLines(
  tx: Tx,
  key: { readonly accountId: Uuid; readonly invoiceId: Uuid },
): Promise<void> {
  await sql`
    delete from invoice_lines
     where account_id = ${key.accountId} and invoice_id = ${key.invoiceId}`.execute(tx)
}

/** False when it is a draft no more. */
export async function deleteDraft(
  tx: Tx,
  key: { readonly accountId: Uuid; readonly invoiceId: Uuid },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    delete from invoices
     where account_id = ${key.accountId} and id = ${key.invoiceId} and status = 'draft'`.execute(tx)
  return numAffectedRows === 1n
}

export async function lockInvoices(
  tx: Tx,
  accountId: Uuid,
  ids: readonly Uuid[],
): Promise<StoredInvoice[]> {
  return (await lockRows(tx, 'invoices', { accountId, ids })).map(toInvoice)
}

export async function findInvoice(
  tx: Tx,
  accountId: Uuid,
  id: Uuid,
): Promise<StoredInvoice | null> {
  const { rows } = await sql<InvoiceRow>`
    select * from invoices where account_id = ${accountId} and id = ${id}`.execute(tx)
  return rows[0] === undefined ? null : toInvoice(rows[0])
}

export async function findInvoices(
  tx: Tx,
  accountId: Uuid,
  ids: readonly Uuid[],
): Promise<StoredInvoice[]> {
  const { rows } = await sql<InvoiceRow>`
    select * from invoices where account_id = ${accountId} and id = any(${ids}::uuid[])`.execute(tx)
  return rows.map(toInvoice)
}

/** Those of a subscription that are issued and not settled. */
export async function listOpenInvoiceIds(
  tx: Tx,
  accountId: Uuid,
  subscriptionId: Uuid,
): Promise<Uuid[]> {
  const { rows } = await sql<{ id: Uuid }>`
    select id from invoices
     where account_id = ${accountId} and subscription_id = ${subscriptionId}
       and status in ('finalized', 'approved', 'sent', 'partially_paid', 'overdue')`.execute(tx)
  return rows.map(({ id }) => id)
}

export async function listInvoiceLines(
  tx: Tx,
  accountId: Uuid,
  invoiceIds: readonly Uuid[],
): Promise<InvoiceLine[]> {
  const { rows } = await sql<InvoiceLineRow>`
    select * from invoice_lines
     where account_id = ${accountId} and invoice_id = any(${invoiceIds}::uuid[])
     order by invoice_id, position`.execute(tx)
  return rows.map(toInvoiceLine)
}

export type InvoiceFilter = {
  readonly statuses: readonly string[] | null
  readonly customerId: Uuid | null
  readonly subscriptionId: Uuid | null
}

export async function listInvoices(
  tx: Tx,
  accountId: Uuid,
  filter: InvoiceFilter,
  page: PageRequest,
): Promise<Page<StoredInvoice>> {
  const found = await readInvoices(tx, { accountId, filter, page })
  return { ...found, rows: found.rows.map(toInvoice) }
}

/** Those of a customer or a subscription are few; those of a status are read as one short list a status. */
function readInvoices(
  tx: Tx,
  list: { readonly accountId: Uuid; readonly filter: InvoiceFilter; readonly page: PageRequest },
): Promise<Page<InvoiceRow>> {
  const { accountId, filter, page } = list
  const { statuses, customerId, subscriptionId } = filter
  const base = { select: '*', table: 'invoices', accountId, page } as const
  const owner = [
    ...(customerId === null ? [] : [sql`customer_id = ${customerId}`]),
    ...(subscriptionId === null ? [] : [sql`subscription_id = ${subscriptionId}`]),
  ]
  if (statuses === null) return readPage(tx, { ...base, filters: owner })
  if (owner.length > 0) {
    const isOne = sql`status = any(${statuses}::text[])`
    return readPage(tx, { ...base, filters: [...owner, isOne] })
  }
  const choices = { columns: ['status'], combinations: statuses.map((status) => [status]) }
  return readChoicesPage(tx, { ...base, filters: [], choices })
}

/** Issued invoices whose due date has passed, oldest first, locked; others' locks are passed over. */
export async function claimOverdueInvoices(
  tx: Tx,
  accountId: Uuid,
  until: Instant,
  limit: number,
): Promise<StoredInvoice[]> {
  const { rows } = await sql<InvoiceRow>`
    select * from invoices
     where account_id = ${accountId} and due_at <= ${until}
       and status in ('finalized', 'approved', 'sent', 'partially_paid')
     order by due_at
     limit ${limit}
       for update skip locked`.execute(tx)
  return rows.map(toInvoice)
}

/**
 * Whether any invoice has a number that begins with this text. It reads the account's numbers until it finds
 * one, so it is for a change of settings, not for every day.
 */
export async function hasNumbersWith(tx: Tx, accountId: Uuid, prefix: string): Promise<boolean> {
  const { rows } = await sql<{ readonly found: boolean }>`
    select exists (select from invoices
                    where account_id = ${accountId} and starts_with(number, ${prefix})) as found`.execute(
    tx,
  )
  return rows[0]?.found === true
}
