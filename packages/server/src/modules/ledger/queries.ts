import type { Uuid } from '@perennial/core/ids'
import type { Transfer } from '@perennial/core/ledger'
import { insertMany, type Tx } from '../../platform/db/index.ts'

/** Appends transfers. The same source cannot be posted twice: a unique constraint refuses it. */
export async function insertTransfers(
  tx: Tx,
  accountId: Uuid,
  transfers: readonly Transfer[],
): Promise<void> {
  await insertMany(
    tx,
    'ledger_transfers',
    transfers.map((transfer) => ({
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
