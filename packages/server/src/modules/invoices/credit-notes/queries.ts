import type { Uuid } from '@perennial/core/ids'
import type { CreditNote, CreditNoteLine } from '@perennial/core/invoices'
import type { Currency } from '@perennial/core/money'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import { insertMany, updateMany, type Tx } from '../../../platform/db/index.ts'
import {
  readChoicesPage,
  readPage,
  readWindowPage,
  windowFilters,
  type Page,
  type PageRequest,
} from '../../../platform/lists/index.ts'
import {
  toCreditNote,
  toCreditNoteLineRow,
  toCreditNoteRow,
  toCreditNoteUpdate,
  type CreditNoteLineRow,
  type CreditNoteRow,
} from './rows.ts'

/** Takes `count` numbers in a row, gap-free, as invoices take theirs: last in the transaction. */
export async function takeCreditNoteNumbers(
  tx: Tx,
  accountId: Uuid,
  count: number,
): Promise<bigint> {
  const { rows } = await sql<{ readonly first: bigint }>`
    insert into credit_note_counters as c (account_id, next_number)
    values (${accountId}, 1 + ${count}::int)
    on conflict (account_id) do update set next_number = c.next_number + ${count}::int
    returning c.next_number - ${count}::int as first`.execute(tx)
  return rows[0]?.first ?? 1n
}

export async function insertCreditNotes(
  tx: Tx,
  accountId: Uuid,
  notes: readonly CreditNote[],
): Promise<void> {
  await insertMany(
    tx,
    'credit_notes',
    notes.map((note) => toCreditNoteRow(accountId, note)),
  )
}

export async function updateCreditNotes(
  tx: Tx,
  accountId: Uuid,
  notes: readonly CreditNote[],
): Promise<void> {
  await updateMany(
    tx,
    'credit_notes',
    notes.map((note) => toCreditNoteUpdate(accountId, note)),
  )
}

export async function insertCreditNoteLines(
  tx: Tx,
  accountId: Uuid,
  lines: readonly CreditNoteLine[],
): Promise<void> {
  await insertMany(
    tx,
    'credit_note_lines',
    lines.map((line) => toCreditNoteLineRow(accountId, line)),
  )
}

/** A note is one line of all that it credits: what a changed note is for, its line says. */
export async function updateNoteLines(
  tx: Tx,
  accountId: Uuid,
  notes: readonly Pick<CreditNote, 'id' | 'amountMinor'>[],
): Promise<void> {
  if (notes.length === 0) return
  const ids = notes.map(({ id }) => id)
  const amounts = notes.map(({ amountMinor }) => amountMinor)
  await sql`
    update credit_note_lines l set unit_amount_minor = n.minor, total_amount_minor = n.minor
      from unnest(${ids}::uuid[], ${amounts}::bigint[]) as n (id, minor)
     where l.account_id = ${accountId} and l.credit_note_id = n.id`.execute(tx)
}

export async function findCreditNote(
  tx: Tx,
  accountId: Uuid,
  id: Uuid,
): Promise<CreditNote | null> {
  const { rows } = await sql<CreditNoteRow>`
    select * from credit_notes where account_id = ${accountId} and id = ${id}`.execute(tx)
  return rows[0] === undefined ? null : toCreditNote(rows[0])
}

export async function isCreditNoteKeyUsed(
  tx: Tx,
  accountId: Uuid,
  idempotencyKey: string,
): Promise<boolean> {
  const { rows } = await sql`
    select from credit_notes
     where account_id = ${accountId} and idempotency_key = ${idempotencyKey}`.execute(tx)
  return rows.length > 0
}

export async function lockCreditNote(
  tx: Tx,
  accountId: Uuid,
  id: Uuid,
): Promise<CreditNote | null> {
  const { rows } = await sql<CreditNoteRow>`
    select * from credit_notes where account_id = ${accountId} and id = ${id} for update`.execute(
    tx,
  )
  return rows[0] === undefined ? null : toCreditNote(rows[0])
}

export async function listCreditNoteLines(
  tx: Tx,
  list: { readonly accountId: Uuid; readonly creditNoteId: Uuid; readonly limit: number },
): Promise<{ readonly rows: readonly CreditNoteLineRow[]; readonly hasMore: boolean }> {
  const { rows } = await sql<CreditNoteLineRow>`
    select * from credit_note_lines
     where account_id = ${list.accountId} and credit_note_id = ${list.creditNoteId}
     order by id
     limit ${list.limit + 1}`.execute(tx)
  return { rows: rows.slice(0, list.limit), hasMore: rows.length > list.limit }
}

export type CreditNoteFilter = {
  readonly status: string | null
  readonly invoiceId: Uuid | null
  readonly customerId: Uuid | null
  readonly creditMethod: string | null
  readonly createdFrom: Instant | null
  readonly createdTo: Instant | null
}

/** Newest first. Those of an invoice or a customer are few; a status or a method is read as one short list. */
export async function listCreditNotes(
  tx: Tx,
  accountId: Uuid,
  filter: CreditNoteFilter,
  page: PageRequest,
): Promise<Page<CreditNote>> {
  const { status, invoiceId, customerId, creditMethod } = filter
  const base = { select: '*', table: 'credit_notes', accountId, page } as const
  const window = { column: 'created_at', from: filter.createdFrom, to: filter.createdTo }
  const owner = [
    ...(invoiceId === null ? [] : [sql`invoice_id = ${invoiceId}`]),
    ...(customerId === null ? [] : [sql`customer_id = ${customerId}`]),
  ]
  const kind = [
    ...(status === null ? [] : [sql`status = ${status}`]),
    ...(creditMethod === null ? [] : [sql`credit_method = ${creditMethod}`]),
  ]
  const read = (): Promise<Page<CreditNoteRow>> => {
    if (owner.length > 0)
      return readPage(tx, { ...base, filters: [...owner, ...kind, ...windowFilters(window)] })
    if (window.from !== null || window.to !== null)
      return readWindowPage(tx, { ...base, filters: kind, window })
    if (kind.length === 0) return readPage(tx, { ...base, filters: [] })
    const column = status === null ? 'credit_method' : 'status'
    const combinations = [[status ?? creditMethod ?? '']]
    const rest = status === null ? [] : kind.slice(1)
    return readChoicesPage(tx, {
      ...base,
      filters: rest,
      choices: { columns: [column], combinations },
    })
  }
  const found = await read()
  return { ...found, rows: found.rows.map(toCreditNote) }
}

/** What a customer holds as credit in one currency; locked where there is any. */
export async function lockBalances(
  tx: Tx,
  accountId: Uuid,
  customerIds: readonly Uuid[],
): Promise<readonly CustomerBalance[]> {
  const { rows } = await sql<CustomerBalance>`
    select customer_id as "customerId", currency, balance_minor as "balanceMinor"
      from customer_balances
     where account_id = ${accountId} and customer_id = any(${customerIds}::uuid[]) and balance_minor > 0
     order by customer_id, currency
       for update`.execute(tx)
  return rows
}

/** The same, only to show it. */
export async function listBalances(
  tx: Tx,
  accountId: Uuid,
  customerId: Uuid,
): Promise<readonly CustomerBalance[]> {
  const { rows } = await sql<CustomerBalance>`
    select customer_id as "customerId", currency, balance_minor as "balanceMinor"
      from customer_balances
     where account_id = ${accountId} and customer_id = ${customerId} and balance_minor > 0
     order by currency`.execute(tx)
  return rows
}

export type CustomerBalance = {
  readonly customerId: Uuid
  readonly currency: Currency
  readonly balanceMinor: bigint
}

export type BalanceChange = {
  readonly customerId: Uuid
  readonly currency: Currency
  readonly amountMinor: bigint
}

/** Adds to what customers hold, one statement for all; the table refuses to go below nothing. */
export async function changeBalances(
  tx: Tx,
  accountId: Uuid,
  given: { readonly changes: readonly BalanceChange[]; readonly at: Instant | null },
): Promise<void> {
  const { changes, at } = given
  if (changes.length === 0) return
  const customerIds = changes.map(({ customerId }) => customerId)
  const currencies = changes.map(({ currency }) => currency)
  const amounts = changes.map(({ amountMinor }) => String(amountMinor))
  await sql`
    with wanted as (
      select customer_id, currency, sum(amount_minor)::bigint as minor
        from unnest(${customerIds}::uuid[], ${currencies}::text[], ${amounts}::bigint[])
               as w(customer_id, currency, amount_minor)
       group by customer_id, currency),
    spent as (
      update customer_balances b set balance_minor = b.balance_minor + w.minor, updated_at = ${at}
        from wanted w
       where b.account_id = ${accountId} and b.customer_id = w.customer_id and b.currency = w.currency
      returning b.customer_id, b.currency)
    insert into customer_balances (account_id, customer_id, currency, balance_minor, updated_at)
    select ${accountId}, w.customer_id, w.currency, w.minor, ${at}
      from wanted w
     where not exists (select from spent s where s.customer_id = w.customer_id and s.currency = w.currency)`.execute(
    tx,
  )
}

/**
 * Says of each credit to a customer's balance whether it is used up: the oldest is used first. Asked after a balance
 * has changed; a credit that an invoice has given back is there again.
 */
export async function markAppliedNotes(
  tx: Tx,
  accountId: Uuid,
  given: { readonly customerIds: readonly Uuid[]; readonly at: Instant },
): Promise<void> {
  await sql`
    with ranked as (
      select n.id, n.status,
             sum(n.amount_minor) over (partition by n.customer_id, n.currency order by n.id) as up_to,
             sum(n.amount_minor) over (partition by n.customer_id, n.currency) - b.balance_minor as used
        from credit_notes n
        join customer_balances b
          on b.account_id = n.account_id and b.customer_id = n.customer_id and b.currency = n.currency
       where n.account_id = ${accountId} and n.customer_id = any(${given.customerIds}::uuid[])
         and n.credit_method = 'customer_balance' and n.status in ('issued', 'applied')),
    wanted as (
      select id, status, case when up_to <= used then 'applied' else 'issued' end as should_be from ranked)
    update credit_notes n set status = w.should_be, version = n.version + 1, updated_at = ${given.at}
      from wanted w
     where n.account_id = ${accountId} and n.id = w.id and w.status <> w.should_be`.execute(tx)
}
