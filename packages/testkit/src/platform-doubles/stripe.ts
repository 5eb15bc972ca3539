import type { DoubleAnswer, DoubleRequest } from '../gateway-doubles/json-server.ts'
import { dueOf, idIn, LOST, loses, pay, type Bill, type Book } from './book.ts'

/** docs.stripe.com/api/invoices: retrieve, pay. */
export function answerStripe(request: DoubleRequest, book: Book): DoubleAnswer | null {
  const { method, path } = request
  const paid = book.bills.get(idIn(path, '/v1/invoices/*/pay') ?? '')
  if (method === 'POST' && paid !== undefined) return payInvoice(request, book, paid)
  const intentId = idIn(path, '/v1/payment_intents/*')
  if (intentId !== null) {
    const invoice = intentId.replace(/^pi_/, '')
    return {
      status: 200,
      body: { id: intentId, invoice: book.bills.has(invoice) ? invoice : null },
    }
  }
  const bill = book.bills.get(idIn(path, '/v1/invoices/*') ?? '')
  return bill === undefined ? null : { status: 200, body: invoiceOf(bill) }
}

function payInvoice({ text, headers }: DoubleRequest, book: Book, bill: Bill): DoubleAnswer {
  const method = new URLSearchParams(text).get('payment_method') ?? ''
  const key = headers['idempotency-key'] ?? null
  const done = { ...invoiceOf({ ...bill, state: 'paid' }), payment_intent: { id: `pi_${bill.id}` } }
  // Under a key it knows it answers as it did the first time.
  if (key !== null && book.payments.some((payment) => payment.key === key))
    return { status: 200, body: done }
  const refusal = book.refusals.get(key ?? '')
  if (refusal !== undefined) return refused(refusal)
  const lost = loses(bill)
  if (lost === 'not_charged') return LOST
  if (bill.state !== 'open')
    return { status: 400, body: { error: { message: 'Invoice is already paid' } } }
  if (bill.declineCode !== null) {
    book.refusals.set(key ?? '', bill.declineCode)
    return lost === null ? refused(bill.declineCode) : LOST
  }
  pay(book, { billId: bill.id, amountMinor: bill.dueMinor, reference: method, key })
  return lost === null ? { status: 200, body: done } : LOST
}

function refused(code: string): DoubleAnswer {
  const error = { type: 'card_error', code: 'card_declined', decline_code: code }
  return { status: 402, body: { error: { ...error, message: 'Your card was declined.' } } }
}

function invoiceOf(bill: Bill): object {
  return {
    id: bill.id,
    status: bill.state === 'busy' ? 'open' : bill.state,
    currency: bill.currency.toLowerCase(),
    amount_remaining: dueOf(bill),
    customer_email: 'ada@example.com',
    default_payment_method: null,
    payment_intent: {
      status: bill.state === 'busy' ? 'processing' : 'requires_payment_method',
      payment_method: bill.token,
      last_payment_error: { code: 'card_declined', decline_code: 'do_not_honor' },
    },
  }
}
