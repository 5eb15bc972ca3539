import { receiptsOf, type ChangeSet, type Receipt } from '@perennial/core/billing'
import { encodeId, type Uuid } from '@perennial/core/ids'
import { owedMinor, type Invoice } from '@perennial/core/invoices'
import { toWireMinor } from '@perennial/core/money'
import type { Transaction } from '@perennial/core/payments'
import { formatInstant } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import type { JsonObject } from '../../../platform/wire/index.ts'
import { findInvoices, toMailLines } from '../../invoices/index.ts'
import { listReceiptWishes, type ReceiptWish } from '../../payments/index.ts'
import type { BillingScope } from '../scope.ts'
import { queueReceipts } from './queue-receipts.ts'

type Given = {
  readonly changes: ChangeSet
  readonly numbered: (invoice: Invoice) => Invoice
  readonly nextId: () => Uuid
}

/**
 * Receipts of the payments that these changes book, where they are asked for: one mail a payment, however often its gateway
 * tells of it. Where none is due, nothing is read.
 */
export async function mailReceipts(
  tx: Tx,
  { accountId, account }: BillingScope,
  { changes, numbered, nextId }: Given,
): Promise<void> {
  const { sendReceipts: everyPayment } = account.settings.mail
  const due = receiptsOf(changes, { everyPayment })
  // Those with an address have asked for theirs.
  const unasked = due.filter(({ email }) => email === null).map(({ payment }) => payment)
  const wishOf = await findWishes(tx, accountId, unasked)
  const wanted = due.filter(({ payment }) => wishOf(payment)?.kind !== 'none')
  const receipts = wanted.map((receipt) => ({
    template: 'payment_receipt' as const,
    of: receipt.payment,
    at: receipt.at,
    email: receipt.email,
    facts: {
      ...toMoney(receipt.payment),
      receipt_number: encodeId('transaction', receipt.payment.id),
      paid_at: formatInstant(receipt.payment.createdAt),
      description: receipt.description,
      ...toBill(receipt, numbered),
    },
  }))
  await queueReceipts(tx, accountId, { receipts, nextId })
}

/** The same of refunds that have gone through: they are told to whoever had a receipt of the payment. */
export async function mailRefundReceipts(
  tx: Tx,
  { accountId, account }: BillingScope,
  { changes, nextId }: Given,
): Promise<void> {
  const refunds = changes.newTransactions.filter(
    ({ type, status }) => type === 'refund' && status === 'succeeded',
  )
  const wishOf = await findWishes(tx, accountId, refunds)
  const emailOf = (refund: Transaction): string | null => {
    const wish = wishOf(refund)
    return wish?.kind === 'to' ? wish.email : null
  }
  const wanted = refunds.filter((refund) =>
    account.settings.mail.sendReceipts
      ? wishOf(refund)?.kind !== 'none'
      : wishOf(refund)?.kind === 'to',
  )
  if (wanted.length === 0) return
  const invoiceIds = wanted.flatMap(({ invoiceId }) => invoiceId ?? [])
  const invoices = invoiceIds.length === 0 ? [] : await findInvoices(tx, accountId, invoiceIds)
  const numbers = new Map(invoices.map(({ id, number }) => [id, number]))
  const receipts = wanted.map((refund) => ({
    template: 'refund_receipt' as const,
    of: refund,
    at: refund.createdAt,
    email: emailOf(refund),
    facts: {
      ...toMoney(refund),
      receipt_number: encodeId('refund', refund.id),
      refunded_at: formatInstant(refund.createdAt),
      invoice_number: refund.invoiceId === null ? null : (numbers.get(refund.invoiceId) ?? null),
    },
  }))
  await queueReceipts(tx, accountId, { receipts, nextId })
}

/** What the payment intents of these say; null where they say nothing, or there is none. */
async function findWishes(
  tx: Tx,
  accountId: Uuid,
  transactions: readonly Transaction[],
): Promise<(of: Transaction) => ReceiptWish | null> {
  const ids = transactions.flatMap(({ paymentIntentId }) => paymentIntentId ?? [])
  const wishes = await listReceiptWishes(tx, accountId, ids)
  return ({ paymentIntentId: id }) => (id === null ? null : (wishes.get(id) ?? null))
}

function toMoney({ currency, amountMinor, methodType }: Transaction): JsonObject {
  return {
    currency,
    amount_minor: toWireMinor(amountMinor),
    payment_method_type: methodType,
  }
}

function toBill({ invoice, lines }: Receipt, numbered: (invoice: Invoice) => Invoice): JsonObject {
  if (invoice === null) return {}
  return {
    invoice_number: numbered(invoice).number,
    total_minor: toWireMinor(invoice.totalMinor),
    left_minor: toWireMinor(owedMinor(invoice)),
    ...toMailLines(lines),
  }
}
