import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import { isLedgerAccount, type LedgerAccount, type Transfer } from '@perennial/core/ledger'
import { sql, type RawBuilder, type Selectable } from 'kysely'
import { insertMany, rowsOf, type DB, type Tx } from '../../platform/db/index.ts'
import { storedCurrency } from '../invoices/index.ts'

/** Appends transfers. The same source cannot be posted twice: a unique constraint refuses it. */
export async function insertTransfers(
  tx: Tx,
  accountId: Uuid,
  transfers: readonly Transfer[],
): Promise<void> {
  await insertMany(
    tx,
    'ledger_transfers',
    rowsOf(transfers, (transfer) => ({
      account_id: accountId,
      id: transfer.id,
      at: transfer.at,
      debit_account: transfer.debit,
      credit_account: transfer.credit,
      amount_minor: transfer.amountMinor,
      currency: transfer.currency,
      customer_id: transfer.customerId,
      invoice_id: transfer.invoiceId,
      gateway_id: transfer.gatewayId,
      source_kind: transfer.sourceKind,
      source_id: transfer.sourceId,
      source_position: transfer.sourcePosition,
      reversal_of: transfer.reversalOf,
    })),
  )
}

/** What a source has posted for one reason, in order; for reversing it. */
export async function listTransfers(
  tx: Tx,
  source: { readonly accountId: Uuid; readonly kind: string; readonly id: Uuid },
): Promise<Transfer[]> {
  const { rows } = await sql<Selectable<DB['ledger_transfers']>>`
    select * from ledger_transfers
     where account_id = ${source.accountId} and source_id = ${source.id} and source_kind = ${source.kind}
     order by source_position`.execute(tx)
  return rows.map(toTransfer)
}

/** Of what a refund has posted: what has not been undone. Whatever undoes one of its transfers has the refund as its source. */
export async function listStandingOfRefund(
  tx: Tx,
  accountId: Uuid,
  refundId: Uuid,
): Promise<Transfer[]> {
  const { rows } = await sql<Selectable<DB['ledger_transfers']>>`
    select * from ledger_transfers t
     where account_id = ${accountId} and source_id = ${refundId} and source_kind = 'refund'
       and not exists (select from ledger_transfers u
                        where u.account_id = t.account_id and u.source_id = t.source_id
                          and u.source_kind = 'refund_tax_undone' and u.reversal_of = t.id)
     order by source_position`.execute(tx)
  return rows.map(toTransfer)
}

/** What refunds and credit notes took back of the tax of invoices, but for what has been undone since. */
export async function listTaxGivenBack(
  tx: Tx,
  accountId: Uuid,
  invoiceIds: readonly Uuid[],
): Promise<Transfer[]> {
  const { rows } = await sql<Selectable<DB['ledger_transfers']>>`
    with source as (
      select id from refunds where account_id = ${accountId} and invoice_id = any(${invoiceIds}::uuid[])
      union all
      select id from credit_notes where account_id = ${accountId} and invoice_id = any(${invoiceIds}::uuid[])),
    own as (
      select l.* from ledger_transfers l
       where l.account_id = ${accountId} and l.source_id in (select id from source)
         and 'tax_payable' in (l.debit_account, l.credit_account))
    select l.* from own l
     where l.reversal_of is null and not exists (select from own r where r.reversal_of = l.id)
     order by l.id`.execute(tx)
  return rows.map(toTransfer)
}

/** All that was ever moved from one account of the chart to another, in one currency. */
type Posted = Pick<Transfer, 'debit' | 'credit' | 'amountMinor' | 'currency'>

/** What `balances` of core/ledger folds, summed up by the database. */
export async function sumPostings(tx: Tx, accountId: Uuid): Promise<Posted[]> {
  const { rows } = await sql<{
    readonly debit: string
    readonly credit: string
    readonly currency: string
    readonly minor: bigint
  }>`
    select debit_account as debit, credit_account as credit, currency, sum(amount_minor)::bigint as minor
      from ledger_transfers
     where account_id = ${accountId}
     group by debit_account, credit_account, currency`.execute(tx)
  return rows.map(({ debit, credit, currency, minor }) => ({
    debit: storedAccount(debit),
    credit: storedAccount(credit),
    amountMinor: minor,
    currency: storedCurrency(currency),
  }))
}

/** What transfers may be asked of: `kind` says of which sort the id is. */
export type TransfersOf = { readonly kind: 'invoice' | 'transaction'; readonly id: Uuid }

/**
 * The transfers of an invoice, or those of a transaction with what takes them back, as they were made; found by the customer,
 * by whom transfers are indexed. Null: none of the accounts has it.
 */
export async function findTransfersOf(
  tx: Tx,
  accountIds: readonly Uuid[],
  of: TransfersOf,
): Promise<{ readonly accountId: Uuid; readonly transfers: readonly Transfer[] } | null> {
  const table = of.kind === 'invoice' ? sql`invoices` : sql`transactions`
  const owners = await sql<{ readonly account_id: Uuid; readonly customer_id: Uuid | null }>`
    select account_id, customer_id from ${table}
     where account_id = any(${accountIds}::uuid[]) and id = ${of.id}`.execute(tx)
  const [owner] = owners.rows
  if (owner === undefined) return null
  const { account_id: accountId, customer_id: customerId } = owner
  const { rows } = await sql<Selectable<DB['ledger_transfers']>>`
    with own as (
      select * from ledger_transfers
       where account_id = ${accountId} and customer_id is not distinct from ${customerId}::uuid)
    select * from own l where ${isOf(of)} order by l.at, l.id`.execute(tx)
  return { accountId, transfers: rows.map(toTransfer) }
}

function isOf({ kind, id }: TransfersOf): RawBuilder<boolean> {
  if (kind === 'invoice') return sql<boolean>`l.invoice_id = ${id}`
  return sql<boolean>`(l.source_id = ${id} or l.reversal_of in (select o.id from own o where o.source_id = ${id}))`
}

function toTransfer(row: Selectable<DB['ledger_transfers']>): Transfer {
  return {
    id: row.id,
    at: row.at,
    debit: storedAccount(row.debit_account),
    credit: storedAccount(row.credit_account),
    amountMinor: row.amount_minor,
    currency: storedCurrency(row.currency),
    customerId: row.customer_id,
    invoiceId: row.invoice_id,
    gatewayId: row.gateway_id,
    sourceKind: row.source_kind,
    sourceId: row.source_id,
    sourcePosition: row.source_position,
    reversalOf: row.reversal_of,
  }
}

function storedAccount(text: string): LedgerAccount {
  assert(isLedgerAccount(text), 'a stored ledger account is one of the chart')
  return text
}
