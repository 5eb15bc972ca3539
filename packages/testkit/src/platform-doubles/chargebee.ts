import type { DoubleAnswer, DoubleRequest } from '../gateway-doubles/json-server.ts'
import { dueOf, idIn, pay, type Book } from './book.ts'

const STATUS = { open: 'payment_due', busy: 'payment_due', paid: 'paid', void: 'voided' } as const

/** apidocs.chargebee.com: invoices, payment sources, "Record a payment for an invoice". */
export function answerChargebee(request: DoubleRequest, book: Book): DoubleAnswer | null {
  const { method, path, headers, text } = request
  if (headers['authorization'] !== `Basic ${Buffer.from('key_test:').toString('base64')}`)
    return { status: 401, body: { message: 'wrong key' } }
  const paid = idIn(path, '/api/v2/invoices/*/record_payment')
  if (method === 'POST' && paid !== null) return record(request, book, paid)
  const sourceId = idIn(path, '/api/v2/payment_sources/*')
  if (sourceId !== null) {
    const reference = `cus_9/${sourceId.replace('pmsrc_', '')}`
    return { status: 200, body: { payment_source: { id: sourceId, reference_id: reference } } }
  }
  const bill = book.bills.get(idIn(path, '/api/v2/invoices/*') ?? '')
  if (bill === undefined || text !== '') return null
  const invoice = {
    id: bill.id,
    status: STATUS[bill.state],
    amount_due: dueOf(bill),
    amount_to_collect: bill.state === 'open' ? bill.dueMinor : 0,
    currency_code: bill.currency,
  }
  return { status: 200, body: { invoice } }
}

function record({ text, headers }: DoubleRequest, book: Book, billId: string): DoubleAnswer {
  const form = new URLSearchParams(text)
  const bill = book.bills.get(billId)
  const amountMinor = Number(form.get('transaction[amount]'))
  const reference = form.get('transaction[reference_number]') ?? ''
  const isWhole = form.get('transaction[payment_method]') !== null && /^\d+$/.test(form.get('transaction[date]') ?? '') // prettier-ignore
  if (bill === undefined || !isWhole || reference === '' || amountMinor > bill.dueMinor)
    return { status: 400, body: { message: 'the payment does not fit the invoice' } }
  pay(book, { billId, amountMinor, reference, key: headers['chargebee-idempotency-key'] ?? null })
  return { status: 200, body: { transaction: { id: 'txn_1' }, invoice: { id: billId } } }
}
