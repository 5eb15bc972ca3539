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
  const found = book.bills.get(/^\/merchants\/[^/]+\/subscriptions\/([^/]+)$/.exec(path)?.[1] ?? '')
  if (method === 'PUT' && found !== undefined) return setCard(request, book, found)
  return found === undefined ? null : xml(200, subscriptionOf(found))
}

/** Subscription: Update. The new card is approved; one of another merchant is not known. */
function setCard({ json }: DoubleRequest, book: Book, bill: Bill): DoubleAnswer {
  const token = textOf(json, 'subscription', 'payment_method_token') ?? ''
  if (bill.losesCards === true) return LOST
  if (token.startsWith('foreign'))
    return xml(422, '<api-error-response><message>Payment method token is invalid.</message></api-error-response>') // prettier-ignore
  Object.assign(bill, { token, declineCode: null })
  if (bill.retriesOnNewCard !== true) return xml(200, subscriptionOf(bill))
  pay(book, { billId: bill.id, amountMinor: bill.dueMinor, reference: 'bt_retried', key: null })
  return xml(200, subscriptionOf(bill, { id: 'bt_retried', status: 'submitted_for_settlement' }))
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

const FAILED = { id: 'bt_failed', status: 'processor_declined' }

export function subscriptionOf(bill: Bill, latest = FAILED): string {
  const balance = decimal(bill.state === 'open' ? bill.dueMinor : 0)
  return (
    `<subscription><id>${bill.id}</id><status>${STATUS[bill.state]}</status><balance>${balance}</balance>` +
    `<payment-method-token>${bill.token}</payment-method-token><current-billing-cycle type="integer">3</current-billing-cycle>` +
    `<transactions type="array"><transaction><id>${latest.id}</id><status>${latest.status}</status><currency-iso-code>${bill.currency}</currency-iso-code>` +
    `<processor-response-code>${bill.refusedWith ?? '2000'}</processor-response-code><customer><id>c1</id><email>ada@example.com</email></customer>` +
    `</transaction></transactions></subscription>`
  )
}
