// What the tests of disputes share.
import { assert } from '../fault/index.ts'
import { type Uuid, isUuid } from '../ids/index.ts'
import { parseCurrency } from '../money/index.ts'
import type { GatewayDispute, Transaction } from '../payments/index.ts'
import { type Instant, parseInstant } from '../time/index.ts'

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

function usd() {
  const currency = parseCurrency('USD')
  assert(currency !== null, 'the dollar is known')
  return currency
}

/** 49.00 by card on 1 January. */
export const SALE: Transaction = {
  id: numberedId(1),
  type: 'sale',
  status: 'succeeded',
  parentTransactionId: null,
  attemptId: numberedId(2),
  invoiceId: numberedId(3),
  paymentIntentId: null,
  subscriptionId: null,
  customerId: numberedId(4),
  gatewayId: numberedId(5),
  amountMinor: 4900n,
  currency: usd(),
  gatewayReference: 'ch_1',
  responseCode: null,
  responseText: null,
  methodType: 'card',
  cardBrand: 'visa',
  cardLast4: '4242',
  createdAt: at('2027-01-01'),
}

/** All of it is disputed, for a fee of 15.00, to be answered by 20 January. */
export function told(
  status: GatewayDispute['status'],
  more: Partial<GatewayDispute> = {},
): GatewayDispute {
  return {
    disputeReference: 'dp_1',
    chargeReference: 'ch_1',
    status,
    amountMinor: 4900n,
    currency: usd(),
    feeMinor: 1500n,
    reason: 'fraudulent',
    networkReasonCode: '10.4',
    networkReasonDescription: 'Other fraud, card absent',
    evidenceDueAt: at('2027-01-20'),
    ...more,
  }
}
