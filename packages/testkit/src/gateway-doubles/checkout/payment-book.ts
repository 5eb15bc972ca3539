import type { ChargeFault } from '../charge-fault.ts'
import { randomName } from '../random-name.ts'
import type { TestCard } from './test-cards.ts'

export type Instrument = {
  readonly id: string
  readonly card: TestCard
  readonly expiryMonth: number
  readonly expiryYear: number
  readonly fault: ChargeFault | null
}

export type Action = {
  readonly id: string
  readonly type: 'Authorization' | 'Capture' | 'Refund' | 'Void'
  readonly amount: number
  readonly approved: boolean
  readonly responseCode: string | null
  readonly summary: string
  readonly reference: string | null
  readonly processedOn: string
}

export type PaymentStatus =
  | 'Pending'
  | 'Authorized'
  | 'Card Verified'
  | 'Captured'
  | 'Partially Captured'
  | 'Voided'
  | 'Expired'
  | 'Declined'
  | 'Refunded'
  | 'Partially Refunded'

export type Payment = {
  readonly id: string
  readonly requestedOn: string
  readonly instrument: Instrument
  readonly amount: number
  readonly currency: string
  readonly reference: string | null
  readonly paymentType: string
  readonly merchantInitiated: boolean
  readonly previousPaymentId: string | null
  readonly schemeId: string
  readonly captures: boolean
  readonly sessionId: string | null
  /** Where the shopper comes back to from 3-D Secure. */
  readonly successUrl: string | null
  /** What becomes of captures and voids: they are decided a moment after they were accepted. */
  fate: 'approved' | 'declined' | 'undecided'
  status: PaymentStatus
  actions: readonly Action[]
}

/** Everything that the double remembers. */
export type PaymentBook = {
  readonly cardTokens: Map<string, Omit<Instrument, 'id' | 'fault'>>
  readonly instruments: Map<string, Instrument>
  readonly payments: Map<string, Payment>
  readonly disputes: Map<string, { status: string; evidence: unknown }>
  readonly files: Map<string, string>
  /** Answers of 2xx by path and idempotency key; others are not kept. */
  readonly answers: Map<string, { readonly status: number; readonly body: unknown }>
}

export function openPaymentBook(): PaymentBook {
  return {
    cardTokens: new Map(),
    instruments: new Map(),
    payments: new Map(),
    disputes: new Map(),
    files: new Map(),
    answers: new Map(),
  }
}

export function newAction(action: Pick<Action, 'type' | 'amount'> & Partial<Action>): Action {
  return {
    id: `act_${randomName(26)}`,
    approved: true,
    responseCode: '10000',
    summary: 'Approved',
    reference: null,
    processedOn: new Date().toISOString(),
    ...action,
  }
}

function sumOf(payment: Payment, type: Action['type']): number {
  return payment.actions
    .filter((action) => action.type === type && action.approved)
    .reduce((sum, action) => sum + action.amount, 0)
}

export function capturedOf(payment: Payment): number {
  return sumOf(payment, 'Capture')
}

export function balancesOf(payment: Payment) {
  const authorized = sumOf(payment, 'Authorization')
  const captured = capturedOf(payment)
  const voided = sumOf(payment, 'Void')
  const refunded = sumOf(payment, 'Refund')
  const isGone = voided > 0 || payment.status === 'Expired'
  const left = isGone ? 0 : authorized - captured
  return {
    total_authorized: authorized,
    total_voided: voided,
    available_to_void: captured > 0 ? 0 : left,
    total_captured: captured,
    available_to_capture: captured > 0 ? 0 : left,
    total_refunded: refunded,
    available_to_refund: captured - refunded,
  }
}
