import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import { isLedgerAccount, type LedgerAccount, type Transfer } from '@perennial/core/ledger'
import { sql, type Selectable } from 'kysely'
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
  return rows.map((row) => ({
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
  }))
}

function storedAccount(text: string): LedgerAccount {
  assert(isLedgerAccount(text), 'a stored ledger account is one of the chart')
  return text
}
