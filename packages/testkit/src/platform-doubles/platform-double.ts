import {
  startJsonServer,
  type DoubleAnswer,
  type DoubleRequest,
} from '../gateway-doubles/json-server.ts'
import { answerBraintree } from './braintree.ts'
import type { Bill, Book } from './book.ts'
import { answerChargebee } from './chargebee.ts'
import { answerRecharge } from './recharge.ts'
import { answerRecurly } from './recurly.ts'
import { answerStripe } from './stripe.ts'
import { answerZuora } from './zuora.ts'

export type PlatformDouble = Book & {
  readonly url: string
  /** Every call from now on: answered with 503, or as usual. */
  isDown: boolean
  /** How many calls there were. */
  calls: number
  /** What a call of this path is answered from now on; null = as usual. */
  answersInstead: (path: string) => DoubleAnswer | null
  /** No call is answered before this. */
  answersAfter: Promise<void> | null
  add(bill: Pick<Bill, 'id'> & Partial<Bill>): Bill
  close(): Promise<void>
}

const ANSWERS = {
  chargebee: answerChargebee,
  recurly: answerRecurly,
  'stripe-billing': answerStripe,
  braintree: answerBraintree,
  zuora: answerZuora,
  'shopify-recharge': answerRecharge,
} as const

/** The few calls of a billing platform that a connector makes, over HTTP, as the platform's reference pages show them. */
export async function startPlatform(platform: keyof typeof ANSWERS): Promise<PlatformDouble> {
  const book: Book = { bills: new Map(), payments: [], refusals: new Map() }
  const answer = async (request: DoubleRequest): Promise<DoubleAnswer> => {
    double.calls += 1
    await double.answersAfter
    if (double.isDown) return { status: 503, body: { message: 'down for maintenance' } }
    const instead = double.answersInstead(request.path)
    if (instead !== null) return instead
    return ANSWERS[platform](request, book) ?? { status: 404, body: { message: 'not found' } }
  }
  const server = await startJsonServer(answer)
  const double: PlatformDouble = {
    ...book,
    url: server.url,
    isDown: false,
    calls: 0,
    answersInstead: () => null,
    answersAfter: null,
    add: (given) => {
      const bill: Bill = {
        state: 'open',
        dueMinor: 5_000,
        currency: 'USD',
        token: 'pm_of_platform',
        declineCode: null,
        ...given,
      }
      book.bills.set(bill.id, bill)
      return bill
    },
    close: () => server.close(),
  }
  return double
}
