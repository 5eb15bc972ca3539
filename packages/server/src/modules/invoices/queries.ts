import type { Uuid } from '@perennial/core/ids'
import type { Invoice, InvoiceLine } from '@perennial/core/invoices'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import { insertMany, updateMany, type Tx } from '../../platform/db/index.ts'
import { readPage, type Page, type PageRequest } from '../../platform/lists/index.ts'
import {
  toInvoice,
  toInvoiceLine,
  toInvoiceLineRow,
  toInvoiceRow,
  toInvoiceUpdate,
  type InvoiceLineRow,
  type InvoiceRow,
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
    invoices.map((invoice) => toInvoiceRow(accountId, invoice)),
  )
}

export async function updateInvoices(
  tx: Tx,
  accountId: Uuid,
  invoices: readonly Invoice[],
): Promise<void> {
  await updateMany(
    tx,
    'invoices',
    invoices.map((invoice) => toInvoiceUpdate(accountId, invoice)),
  )
}

export async function insertInvoiceLines(
  tx: Tx,
  accountId: Uuid,
  lines: readonly InvoiceLine[],
): Promise<void> {
  await insertMany(
    tx,
    'invoice_lines',
    lines.map((line) => toInvoiceLineRow(accountId, line)),
  )
}

/** Locks invoices in the order of their ids, so that two batches never wait for each other in a circle. */
export async function lockInvoices(
  tx: Tx,
  accountId: Uuid,
  ids: readonly Uuid[],
): Promise<Invoice[]> {
  const { rows } = await sql<InvoiceRow>`
    select * from invoices
     where account_id = ${accountId} and id = any(${ids}::uuid[])
     order by id
       for update`.execute(tx)
  return rows.map(toInvoice)
}

export async function findInvoice(tx: Tx, accountId: Uuid, id: Uuid): Promise<Invoice | null> {
  const { rows } = await sql<InvoiceRow>`
    select * from invoices where account_id = ${accountId} and id = ${id}`.execute(tx)
  return rows[0] === undefined ? null : toInvoice(rows[0])
}

/** Lines of many invoices, each invoice's in order. */
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
}

export async function listInvoices(
  tx: Tx,
  accountId: Uuid,
  filter: InvoiceFilter,
  page: PageRequest,
): Promise<Page<Invoice>> {
  const filters = [
    ...(filter.statuses === null ? [] : [sql`status = any(${filter.statuses}::text[])`]),
    ...(filter.customerId === null ? [] : [sql`customer_id = ${filter.customerId}`]),
  ]
  const found = await readPage<InvoiceRow>(tx, {
    select: '*',
    table: 'invoices',
    accountId,
    filters,
    page,
  })
  return { ...found, rows: found.rows.map(toInvoice) }
}

/** Issued invoices whose due date has passed, oldest first, locked; others' locks are passed over. */
export async function claimOverdueInvoices(
  tx: Tx,
  accountId: Uuid,
  until: Instant,
  limit: number,
): Promise<Invoice[]> {
  const { rows } = await sql<InvoiceRow>`
    select * from invoices
     where account_id = ${accountId} and due_at <= ${until}
       and status in ('finalized', 'approved', 'sent', 'partially_paid')
     order by due_at
     limit ${limit}
       for update skip locked`.execute(tx)
  return rows.map(toInvoice)
}
