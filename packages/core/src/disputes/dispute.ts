import type { Uuid } from '../ids/index.ts'
import type { Currency } from '../money/index.ts'
import type { DisputeStatus as ToldStatus, GatewayDispute, Transaction } from '../payments/index.ts'
import { addDays, type Instant } from '../time/index.ts'

/** A dispute that was withdrawn is won, and its resolution says so. */
export type DisputeStatus = Exclude<ToldStatus, 'withdrawn'>
export type Resolution = 'won' | 'lost' | 'withdrawn'

/** A customer's bank takes a payment back, or warns that it may. */
export type Dispute = {
  readonly id: Uuid
  readonly version: number
  readonly gatewayId: Uuid
  /** The gateway's names for the dispute and for the charge it is about. */
  readonly gatewayReference: string
  readonly chargeReference: string
  /** The sale that is disputed. */
  readonly paymentId: Uuid
  /** The last movement that took the money; null while none was taken, as after an early warning. */
  readonly transactionId: Uuid | null
  readonly customerId: Uuid
  readonly invoiceId: Uuid | null
  readonly subscriptionId: Uuid | null
  readonly status: DisputeStatus
  readonly resolution: Resolution | null
  /** Lost, or a warning that is over, because its day passed by our clock: the gateway's own word still counts. */
  readonly isInferred: boolean
  readonly reason: string
  readonly networkReasonCode: string | null
  readonly networkReasonDescription: string | null
  readonly amountMinor: bigint
  readonly currency: Currency
  readonly feeMinor: bigint
  readonly methodType: string | null
  readonly cardBrand: string | null
  readonly cardLast4: string | null
  readonly evidenceDueAt: Instant | null
  readonly evidenceSubmittedAt: Instant | null
  /** What is known of customer, charge and invoice, by name: handed in with every answer. */
  readonly facts: Readonly<Record<string, string>>
  /** The merchant's own. */
  readonly metadata: Readonly<Record<string, unknown>>
  /** When an answer that nobody gave is too late; null while none is owed. */
  readonly nextDueAt: Instant | null
  /** Of the newest thing that the gateway told about it. */
  readonly toldAt: Instant
  readonly disputedAt: Instant
  readonly resolvedAt: Instant | null
  readonly createdAt: Instant
  readonly updatedAt: Instant
}

export type NewDispute = {
  readonly id: Uuid
  readonly sale: Transaction
  readonly gatewayId: Uuid
  readonly told: GatewayDispute
  readonly toldAt: Instant
  readonly facts: Readonly<Record<string, string>>
}

/** An announced chargeback comes within weeks; a warning that says no date of its own is over after this. */
const WARNING_DAYS = 45

/** As it stands when it is first heard of: it waits for an answer, whatever else has happened since. */
export function openDispute(given: NewDispute, at: Instant): Dispute {
  const { sale, told, toldAt } = given
  const isWarning = told.status === 'warning_needs_response' || told.status === 'warning_closed'
  return {
    id: given.id,
    version: 1,
    gatewayId: given.gatewayId,
    gatewayReference: told.disputeReference,
    chargeReference: told.chargeReference,
    paymentId: sale.id,
    transactionId: null,
    customerId: sale.customerId,
    invoiceId: sale.invoiceId,
    subscriptionId: sale.subscriptionId,
    status: isWarning ? 'warning_needs_response' : 'needs_response',
    resolution: null,
    isInferred: false,
    reason: told.reason,
    networkReasonCode: told.networkReasonCode,
    networkReasonDescription: told.networkReasonDescription,
    amountMinor: told.amountMinor,
    currency: told.currency,
    feeMinor: told.feeMinor,
    methodType: sale.methodType,
    cardBrand: sale.cardBrand,
    cardLast4: sale.cardLast4,
    evidenceDueAt: told.evidenceDueAt,
    evidenceSubmittedAt: null,
    facts: given.facts,
    metadata: {},
    nextDueAt: told.evidenceDueAt ?? (isWarning ? addDays(toldAt, WARNING_DAYS) : null),
    toldAt,
    disputedAt: toldAt,
    resolvedAt: null,
    createdAt: at,
    updatedAt: at,
  }
}

/** The gateway has the disputed money by now: it was taken, and has not come back. */
export function isMoneyTaken({ transactionId, resolution }: Dispute): boolean {
  return transactionId !== null && resolution !== 'won' && resolution !== 'withdrawn'
}

/** It has an end, which stands until the gateway takes it up again. */
export function isClosed({ status }: Dispute): boolean {
  return status === 'won' || status === 'lost' || status === 'warning_closed'
}

/** The merchant may still answer it: an answered warning keeps its status, and waits for nobody. */
export function needsResponse({ status, evidenceSubmittedAt }: Dispute): boolean {
  const asks = status === 'needs_response' || status === 'warning_needs_response'
  return asks && evidenceSubmittedAt === null
}

/** A warning has taken no money. */
export function isWarning({ status }: Dispute): boolean {
  return status === 'warning_needs_response' || status === 'warning_closed'
}
