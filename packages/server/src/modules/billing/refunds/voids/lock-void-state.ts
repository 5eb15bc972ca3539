import type { VoidState } from '@perennial/core/billing'
import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import type { Tx } from '../../../../platform/db/index.ts'
import { listInvoiceLines } from '../../../invoices/index.ts'
import {
  countFailedVoids,
  findLiveAttempt,
  findVoid,
  lockIntents,
  lockVoid,
} from '../../../payments/index.ts'
import { findClosedCase } from '../../../recovery/index.ts'
import { findSalesOfInvoices } from '../../../sales/index.ts'
import { given } from '../../../../platform/wire/index.ts'
import { lockSale, type LockedSale } from '../lock-sale.ts'

/** A void with its sale, invoice and intent, locked in the order of every command. Faults when there is none. */
export async function lockVoidState(
  tx: Tx,
  accountId: Uuid,
  id: Uuid,
): Promise<Omit<VoidState, 'posted'>> {
  const seen = await findVoid(tx, accountId, id)
  assert(seen !== null, 'an answer belongs to a void of its account')
  const locked = await lockVoidable(tx, accountId, { ...seen, id: seen.transactionId })
  const paymentVoid = await lockVoid(tx, accountId, id)
  assert(locked !== null && paymentVoid !== null, 'a void is of a sale of its account')
  const ended = paymentVoid.endsInvoice && locked.invoice !== null ? [locked.invoice.id] : []
  const lines = ended.length === 0 ? [] : await listInvoiceLines(tx, accountId, ended)
  return { ...locked, paymentVoid, lines }
}

type SaleKey = {
  readonly id: Uuid
  readonly invoiceId: Uuid | null
  readonly paymentIntentId: Uuid | null
}

/** A sale with its invoice and intent, locked in the same order. Null when the account has no such sale. */
export async function lockVoidable(
  tx: Tx,
  accountId: Uuid,
  { id: saleId, invoiceId, paymentIntentId }: SaleKey,
): Promise<(Omit<VoidState, 'posted' | 'paymentVoid' | 'lines'> & LockedSale) | null> {
  const [intent] = await lockIntents(
    tx,
    accountId,
    paymentIntentId === null ? [] : [paymentIntentId],
  )
  const locked = await lockSale(tx, accountId, { saleId, invoiceId, creditNoteId: null })
  if (locked === null) return null
  const { invoice } = locked
  const beside = invoice === null || invoice.subscriptionId !== null ? [] : [invoice.id]
  const sales = await findSalesOfInvoices(tx, accountId, beside)
  const sold = given('sold', beside[0] === undefined ? undefined : sales.get(beside[0]))
  const live = invoice === null ? null : await findLiveAttempt(tx, accountId, invoice.id)
  const failedVoids = await countFailedVoids(tx, accountId, saleId)
  const closedCase = invoice === null ? null : await findClosedCase(tx, accountId, invoice.id)
  const known = { intent: intent ?? null, isBeingPaid: live !== null, failedVoids, closedCase }
  return { ...locked, ...sold, ...known }
}
