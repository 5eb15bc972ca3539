import { newId, type LedgerBook, type Payment, type PayoutItem } from './ledger-book.ts'

/** One per cent and 0.20, in fractions of the minor unit as the vendor tells them. */
function feeOf(payment: Payment): number {
  return Math.round((payment.amount * 0.01 + 20) * 10) / 10
}

/**
 * Everything that is confirmed and not paid out yet, of one currency, as one payout, less what was charged back since. What
 * comes again after its chargeback was cancelled has borne its fee.
 */
export function payOut(book: LedgerBook, currency: string, at: Date): string {
  const due = [...book.payments.values()].filter(
    (payment) => payment.status === 'confirmed' && payment.currency === currency,
  )
  const charged = due.filter(({ payout }) => payout === null)
  const items: PayoutItem[] = [
    ...due.map(({ id: payment, amount }) => toItem('payment_paid_out', amount, payment)),
    ...charged.map((payment) => toItem('gocardless_fee', -feeOf(payment), payment.id)),
  ]
  const back = listChargedBack(book, currency)
  items.push(...back.map(({ id, amount }) => toItem('payment_charged_back', -amount, id)))
  const gross = sumOf(due) - sumOf(back)
  const fees = Math.round(charged.reduce((sum, payment) => sum + feeOf(payment), 0))
  const id = newId('PO')
  const createdAt = at.toISOString()
  book.payouts.set(id, { id, createdAt, amount: gross - fees, fees, currency, items })
  for (const payment of due) {
    payment.status = 'paid_out'
    payment.payout = id
  }
  return id
}

function toItem(type: PayoutItem['type'], amount: number, payment: string): PayoutItem {
  return { type, amount: amount.toFixed(1), payment }
}

/** Charged back after a payout, and taken out of none yet. */
function listChargedBack(book: LedgerBook, currency: string): readonly Payment[] {
  const taken = [...book.payouts.values()]
    .flatMap(({ items }) => items)
    .filter(({ type }) => type === 'payment_charged_back')
  return [...book.payments.values()].filter(
    (payment) =>
      payment.status === 'charged_back' &&
      payment.payout !== null &&
      payment.currency === currency &&
      !taken.some((item) => item.payment === payment.id),
  )
}

function sumOf(payments: readonly Payment[]): number {
  return payments.reduce((sum, { amount }) => sum + amount, 0)
}
