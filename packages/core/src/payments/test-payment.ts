// What the tests of this module share.
import { assert } from '../fault/index.ts'
import { type Uuid, isUuid } from '../ids/index.ts'
import { parseCurrency } from '../money/index.ts'
import { type Instant, parseInstant } from '../time/index.ts'
import type { AttemptState, ChargeRoute, GatewayOutcome, PaymentAttempt } from './index.ts'
import { planAttempt } from './index.ts'

/** "2027-01-31" is nine o'clock UTC on that day. */
export function at(date: string): Instant {
  const instant = parseInstant(`${date}T09:00:00Z`)
  assert(instant !== null, 'a test names a date')
  return instant
}

export function numberedId(number: number): Uuid {
  const id = `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`
  assert(isUuid(id), 'a numbered id is a uuid')
  return id
}

export function usd() {
  const currency = parseCurrency('USD')
  assert(currency !== null, 'the dollar is known')
  return currency
}

export const ROUTE: ChargeRoute = {
  paymentMethodId: numberedId(1),
  gatewayId: numberedId(2),
  methodType: 'card',
  cardBrand: 'visa',
  cardLast4: '4242',
}

export const APPROVED: GatewayOutcome = {
  kind: 'succeeded',
  gatewayReference: 'ch_1',
  networkTransactionId: null,
}
export const DECLINED: GatewayOutcome = {
  kind: 'declined',
  gatewayReference: null,
  decline: { code: 'insufficient_funds', isoCode: '51', adviceCode: null, message: 'No money.' },
}
export const PENDING: GatewayOutcome = { kind: 'pending', gatewayReference: 'ch_1' }
export const SILENCE: GatewayOutcome = {
  kind: 'unknown',
  gatewayReference: null,
  cause: 'timed out',
}
const NEXT_ACTION = { type: 'redirect_to_url', url: 'https://bank.example/confirm' } as const
export const CHALLENGE: GatewayOutcome = {
  kind: 'needs_action',
  gatewayReference: 'ch_1',
  nextAction: NEXT_ACTION,
}

/** The second try at 49.00 for an invoice, planned on 31 January 2027. */
export function attemptIn(state: AttemptState): PaymentAttempt {
  const request = {
    id: numberedId(3),
    invoiceId: numberedId(4),
    paymentIntentId: null,
    subscriptionId: numberedId(5),
    customerId: numberedId(6),
    attemptNumber: 2,
    amountMinor: 4900n,
    currency: usd(),
    operation: 'charge' as const,
  }
  const planned = planAttempt(request, ROUTE, at('2027-01-31'))
  switch (state) {
    case 'needs_action':
      return { ...planned, state, nextAction: NEXT_ACTION, gatewayReference: 'ch_0' }
    case 'pending':
      return { ...planned, state, checkAt: at('2027-02-01'), gatewayReference: 'ch_0' }
    case 'sending':
    case 'unknown':
    case 'succeeded':
    case 'declined':
    case 'canceled':
      return { ...planned, state }
  }
}
