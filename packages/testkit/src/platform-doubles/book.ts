import type { DoubleAnswer } from '../gateway-doubles/json-server.ts'

/** A bill as its platform has it. Amounts in minor units of a currency of two decimals. */
export type Bill = {
  readonly id: string
  /** `busy`: a bank payment of it is on its way. */
  state: 'open' | 'busy' | 'paid' | 'void'
  dueMinor: number
  readonly currency: string
  /** What the gateway, or the platform itself, charges. */
  token: string
  /** Null: approved when it is charged. */
  declineCode: string | null
  /** Of the last charge through Braintree that was refused. */
  refusedWith?: string
  /** A new card is charged by Braintree itself: the account has proration on. */
  retriesOnNewCard?: boolean
  /** A new card does not arrive at Braintree. */
  losesCards?: boolean
  /** The next charge is not answered, and is approved, refused, or does not happen. */
  losesNext?: 'charged' | 'refused' | 'not_charged'
}

/** A payment that was recorded, or made, on a bill. */
export type RecordedPayment = {
  readonly billId: string
  readonly amountMinor: number
  readonly reference: string
  readonly key: string | null
}

/** What a platform keeps; `payments` holds each key once. */
export type Book = {
  readonly bills: Map<string, Bill>
  readonly payments: RecordedPayment[]
  /** By the key of a charge, the code it was refused with. */
  readonly refusals: Map<string, string>
}

/** What is still to be paid of it; a payment on its way has not arrived. */
export function dueOf({ state, dueMinor }: Bill): number {
  return state === 'open' || state === 'busy' ? dueMinor : 0
}

/** Whether the answer to the next charge of a bill gets lost, and what becomes of it then. */
export function loses(bill: Bill): Bill['losesNext'] | null {
  const { losesNext } = bill
  delete bill.losesNext
  return losesNext ?? null
}

export const LOST: DoubleAnswer = { status: 503, body: { error: { message: 'no answer' } } }

/** A payment on a bill, once for each key. */
export function pay(book: Book, payment: RecordedPayment): void {
  const isKnown = payment.key !== null && book.payments.some(({ key }) => key === payment.key)
  if (!isKnown) book.payments.push(payment)
  const bill = book.bills.get(payment.billId)
  if (bill !== undefined) bill.state = 'paid'
}

/** The last part of a path of this form, such as `/invoices/*`; null for another path. */
export function idIn(path: string, form: string): string | null {
  const [before = '', after = ''] = form.split('*')
  if (!path.startsWith(before) || !path.endsWith(after)) return null
  const id = path.slice(before.length, path.length - after.length)
  return id === '' || id.includes('/') ? null : decodeURIComponent(id)
}

/** 5000 is "50.00". */
export function decimal(minor: number): string {
  return `${Math.trunc(minor / 100)}.${String(minor % 100).padStart(2, '0')}`
}

export function minorOf(decimalText: unknown): number {
  return Math.round(Number(decimalText) * 100)
}
