import type { DoubleAnswer, DoubleRequest } from '../gateway-doubles/json-server.ts'
import { fieldOf, textOf } from '../gateway-doubles/read-request.ts'
import { decimal, idIn, minorOf, pay, type Book } from './book.ts'

/** developer.zuora.com: OAuth, invoices, payment methods, "Create a payment". */
export function answerZuora(request: DoubleRequest, book: Book): DoubleAnswer | null {
  const { method, path, json, headers } = request
  if (path === '/oauth/token') return { status: 200, body: { access_token: 'granted' } }
  if (headers['authorization'] !== 'Bearer granted') return { status: 401, body: {} }
  if (method === 'POST' && path === '/v1/payments') {
    const [first] = Array.isArray(fieldOf(json, 'invoices')) ? (fieldOf(json, 'invoices') as unknown[]) : [] // prettier-ignore
    const billId = textOf(first, 'invoiceId') ?? ''
    if (textOf(json, 'type') !== 'External' || !book.bills.has(billId))
      return { status: 200, body: { success: false, reasons: [{ message: 'no such invoice' }] } }
    const amountMinor = minorOf(fieldOf(first, 'amount'))
    const reference = textOf(json, 'referenceId') ?? ''
    pay(book, { billId, amountMinor, reference, key: headers['idempotency-key'] ?? null })
    return { status: 200, body: { success: true, id: 'payment_1' } }
  }
  if (idIn(path, '/v1/payment-methods/*') !== null) {
    const [bill] = book.bills.values()
    return { status: 200, body: { tokenId: bill?.token } }
  }
  const bill = book.bills.get(idIn(path, '/v1/invoices/*') ?? '')
  if (bill === undefined) return null
  const balance = bill.state === 'open' ? Number(decimal(bill.dueMinor)) : 0
  const status = bill.state === 'void' ? 'Canceled' : 'Posted'
  return { status: 200, body: { id: bill.id, status, balance, currency: bill.currency } }
}
