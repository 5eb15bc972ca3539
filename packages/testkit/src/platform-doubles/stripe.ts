import type { DoubleAnswer, DoubleRequest } from '../gateway-doubles/json-server.ts'
import { idIn, pay, type Bill, type Book } from './book.ts'

/** docs.stripe.com/api/invoices: retrieve, pay. */
export function answerStripe(request: DoubleRequest, book: Book): DoubleAnswer | null {
  const { method, path } = request
  const paid = book.bills.get(idIn(path, '/v1/invoices/*/pay') ?? '')
  if (method === 'POST' && paid !== undefined) return payInvoice(request, book, paid)
  const bill = book.bills.get(idIn(path, '/v1/invoices/*') ?? '')
  return bill === undefined ? null : { status: 200, body: invoiceOf(bill) }
}

function payInvoice({ text, headers }: DoubleRequest, book: Book, bill: Bill): DoubleAnswer {
  const method = new URLSearchParams(text).get('payment_method') ?? ''
  if (bill.state !== 'open')
    return { status: 400, body: { error: { message: 'Invoice is already paid' } } }
  if (bill.declineCode !== null) {
    const error = { type: 'card_error', code: 'card_declined', decline_code: bill.declineCode }
    return { status: 402, body: { error: { ...error, message: 'Your card was declined.' } } }
  }
  const key = headers['idempotency-key'] ?? null
  pay(book, { billId: bill.id, amountMinor: bill.dueMinor, reference: method, key })
  return { status: 200, body: { ...invoiceOf(bill), payment_intent: { id: `pi_${bill.id}` } } }
}

function invoiceOf(bill: Bill): object {
  return {
    id: bill.id,
    status: bill.state,
    currency: bill.currency.toLowerCase(),
    amount_remaining: bill.state === 'open' ? bill.dueMinor : 0,
    customer_email: 'ada@example.com',
    default_payment_method: null,
    payment_intent: {
      payment_method: bill.token,
      last_payment_error: { code: 'card_declined', decline_code: 'do_not_honor' },
    },
  }
}
