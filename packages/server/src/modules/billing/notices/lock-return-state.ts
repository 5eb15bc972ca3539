import { assert } from '@perennial/core/fault'
import type { PaymentIntent, Transaction } from '@perennial/core/payments'
import type { RecoveryCase } from '@perennial/core/recovery'
import type { Tx } from '../../../platform/db/index.ts'
import { listReturns, lockIntents, lockTransactions } from '../../payments/index.ts'
import { findClosedCase } from '../../recovery/index.ts'
import { lockInvoiceState, type InvoiceState } from '../load/lock-invoice-state.ts'
import type { BillingScope } from '../scope.ts'

/** A payment that a bank takes back or gives again, with everything that this may change. */
export type LockedReturn = {
  readonly sale: Transaction
  readonly bill: InvoiceState | null
  readonly intent: PaymentIntent | null
  /** The invoice's recovery case, when it has ended. */
  readonly closedCase: RecoveryCase | null
  /** What banks have taken back of it so far, oldest first. */
  readonly returns: readonly Transaction[]
}

/** The return that stands; the others were given again. */
export function findStanding(returns: readonly Transaction[]): Transaction | undefined {
  return returns.find(({ status }) => status === 'succeeded')
}

/** Locked like every command on an invoice, and then the sale. */
export async function lockReturnState(
  tx: Tx,
  scope: BillingScope,
  found: Transaction,
): Promise<LockedReturn> {
  const { accountId } = scope
  const { invoiceId, paymentIntentId } = found
  const intentIds = paymentIntentId === null ? [] : [paymentIntentId]
  const [intent] = await lockIntents(tx, accountId, intentIds)
  const bill = invoiceId === null ? null : await lockInvoiceState(tx, scope, invoiceId)
  const [sale] = await lockTransactions(tx, accountId, [found.id])
  assert(sale !== undefined, 'a sale is never deleted')
  const closedCase = invoiceId === null ? null : await findClosedCase(tx, accountId, invoiceId)
  const returns = await listReturns(tx, accountId, sale.id)
  return { sale, bill, intent: intent ?? null, closedCase, returns }
}
