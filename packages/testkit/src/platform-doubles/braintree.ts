import type { DoubleAnswer, DoubleRequest } from '../gateway-doubles/json-server.ts'
import { textOf } from '../gateway-doubles/read-request.ts'
import { decimal, idIn, LOST, loses, minorOf, pay, type Bill, type Book } from './book.ts'

const STATUS = { open: 'Past Due', busy: 'Past Due', paid: 'Active', void: 'Canceled' } as const

/** developer.paypal.com/braintree: Subscription: Find, Subscription: Retry Charge. */
export function answerBraintree(request: DoubleRequest, book: Book): DoubleAnswer | null {
  const { method, path, json } = request
  if (method === 'POST' && idIn(path, '/merchants/*/transactions') !== null) {
    const bill = book.bills.get(textOf(json, 'transaction', 'subscription_id') ?? '')
    if (bill === undefined) return null
    const lost = loses(bill)
    if (lost === 'not_charged') return LOST
    if (bill.declineCode !== null) {
      bill.refusedWith = bill.declineCode
      return lost === null ? xml(422, refusalOf(bill.declineCode)) : LOST
    }
    const amountMinor = minorOf(textOf(json, 'transaction', 'amount'))
    pay(book, { billId: bill.id, amountMinor, reference: 'bt_1', key: null })
    if (lost !== null) return LOST
    return xml(201, '<transaction><id>bt_1</id><status>submitted_for_settlement</status></transaction>') // prettier-ignore
  }
  const bill = book.bills.get(/^\/merchants\/[^/]+\/subscriptions\/([^/]+)$/.exec(path)?.[1] ?? '')
  return bill === undefined ? null : xml(200, subscriptionOf(bill))
}

function xml(status: number, body: string): DoubleAnswer {
  const headers = { 'content-type': 'application/xml' }
  return { status, headers, body: `<?xml version="1.0" encoding="UTF-8"?>${body}` }
}

function refusalOf(code: string): string {
  return (
    `<api-error-response><transaction><id>bt_0</id><status>processor_declined</status>` +
    `<processor-response-code>${code}</processor-response-code></transaction></api-error-response>`
  )
}

export function subscriptionOf(bill: Bill): string {
  const balance = decimal(bill.state === 'open' ? bill.dueMinor : 0)
  return (
    `<subscription><id>${bill.id}</id><status>${STATUS[bill.state]}</status><balance>${balance}</balance>` +
    `<payment-method-token>${bill.token}</payment-method-token><current-billing-cycle type="integer">3</current-billing-cycle>` +
    `<transactions type="array"><transaction><id>bt_failed</id><currency-iso-code>${bill.currency}</currency-iso-code>` +
    `<processor-response-code>${bill.refusedWith ?? '2000'}</processor-response-code><customer><id>c1</id><email>ada@example.com</email></customer>` +
    `</transaction></transactions></subscription>`
  )
}
