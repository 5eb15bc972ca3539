import type { DoubleAnswer, DoubleRequest } from '../gateway-doubles/json-server.ts'
import { fieldOf, textOf } from '../gateway-doubles/read-request.ts'
import { decimal, dueOf, idIn, minorOf, pay, type Book } from './book.ts'

const STATE = { open: 'past_due', busy: 'processing', paid: 'paid', void: 'voided' } as const

/** recurly.com/developers/api/v2021-02-25: invoices, billing infos, "Record an external payment". */
export function answerRecurly(request: DoubleRequest, book: Book): DoubleAnswer | null {
  const { method, path, json, headers } = request
  if (idIn(path, '/accounts/*/billing_info') !== null) {
    const [bill] = book.bills.values()
    const reference = { token: bill?.token, reference_type: 'stripe_payment_method' }
    return { status: 200, body: { payment_gateway_references: [reference] } }
  }
  const paid = idIn(path, '/invoices/*/transactions')
  if (method === 'POST' && paid !== null) {
    const amountMinor = minorOf(fieldOf(json, 'amount'))
    const reference = textOf(json, 'description') ?? ''
    pay(book, { billId: paid, amountMinor, reference, key: headers['idempotency-key'] ?? null })
    return { status: 201, body: { id: 'transaction_1' } }
  }
  const bill = book.bills.get(idIn(path, '/invoices/*') ?? '')
  if (bill === undefined) return null
  const balance = Number(decimal(dueOf(bill)))
  return {
    status: 200,
    body: { id: bill.id, state: STATE[bill.state], balance, currency: bill.currency },
  }
}
