import { assert, assertNever } from '../../fault/index.ts'
import type { Uuid } from '../../ids/index.ts'
import { reverseAll, transfer, type Transfer } from '../../ledger/index.ts'
import type { Currency } from '../../money/index.ts'
import { addDays, type Instant } from '../../time/index.ts'
import type { RefundOutcome } from '../gateway/gateway-outcome.ts'
import type { Transaction } from '../charges/transaction.ts'
import { reversalOf, type PaidWith } from './reversal.ts'

export type RefundStatus = 'pending' | 'processing' | 'succeeded' | 'failed' | 'canceled'

export type RefundReason =
  | 'customer_request'
  | 'duplicate'
  | 'fraudulent'
  | 'product_not_received'
  | 'product_unacceptable'
  | 'subscription_canceled'
  | 'other'

/** A sale and what of it has been given back, or is on its way back. */
export type Sale = Transaction & {
  readonly refundedMinor: bigint
  /** What a bank has taken of it: by a chargeback, or because a debit was returned. */
  readonly takenBackMinor: bigint
  /** How many refunds were ever asked for. */
  readonly refundCount: number
}

/**
 * Money that goes back to whoever paid. Its id is the idempotency key at the gateway. `pending` waits for `sendAt`;
 * `processing` was asked for: without `checkAt` the answer is outstanding, with it the gateway is at work.
 */
export type Refund = {
  readonly id: Uuid
  readonly version: number
  /** The sale it takes back from. */
  readonly transactionId: Uuid
  /** Counts the refunds of one sale, from 1. */
  readonly number: number
  readonly status: RefundStatus
  readonly mode: 'at_once' | 'delayed'
  readonly reason: RefundReason | null
  readonly reasonDetails: string | null
  readonly amountMinor: bigint
  readonly chargedMinor: bigint
  readonly currency: Currency
  readonly customerId: Uuid
  readonly invoiceId: Uuid | null
  readonly paymentIntentId: Uuid | null
  readonly subscriptionId: Uuid | null
  readonly creditNoteId: Uuid | null
  /** The line of the invoice that it gives back; null = it is of no line alone. */
  readonly invoiceLineId: Uuid | null
  /** The first of those that were asked for at once; null = it is that one. */
  readonly firstRefundId: Uuid | null
  /** Null for money that came by hand: it goes back by hand, and is only recorded. */
  readonly gatewayId: Uuid | null
  readonly chargeReference: string | null
  readonly gatewayReference: string | null
  readonly failure: { readonly code: string; readonly message: string | null } | null
  /** How often it was sent, with one and the same key. */
  readonly sends: number
  /** The account's time at which a pending one is sent. */
  readonly sendAt: Instant | null
  /** The account's time at which the gateway is asked again. */
  readonly checkAt: Instant | null
  /** Real time of the last sending. */
  readonly sentAt: Instant | null
  readonly createdAt: Instant
  readonly updatedAt: Instant
  readonly processedAt: Instant | null
}

/** The age that a charge must have before a delayed refund of it is sent (spec/revcent.md 10). */
const DELAY_DAYS = 3

/** What of a sale nobody has given or taken back. */
export function refundableMinor(sale: Sale): bigint {
  const leftMinor = sale.amountMinor - sale.refundedMinor - sale.takenBackMinor
  return leftMinor > 0n ? leftMinor : 0n
}

export type RefundWish = {
  readonly id: Uuid
  /** Null = all that is left. */
  readonly amountMinor: bigint | null
  readonly mode: Refund['mode']
  readonly reason: RefundReason | null
  readonly reasonDetails: string | null
  readonly creditNoteId: Uuid | null
  readonly invoiceLineId?: Refund['invoiceLineId']
  readonly firstRefundId?: Refund['firstRefundId']
  /** Real time, for the sending that follows at once. */
  readonly realNow: Instant
}

export type RefundRefusal =
  | 'payment_not_refundable'
  | 'payment_taken_back'
  | 'payment_already_refunded'
  | 'refund_above_rest'
  | 'gateway_cannot_refund'
  | 'gateway_refunds_in_full_only'

export type RefundDecision =
  | { readonly kind: 'refused'; readonly code: RefundRefusal }
  | { readonly kind: 'accepted'; readonly refund: Refund; readonly sale: Sale }

/**
 * Asks for part or all of a sale back. Every refund that has not failed counts, so that several at once never give
 * back more than came. `ability`: of the gateway that took the money; null when nobody did. Refusals in their order.
 */
export function requestRefund(
  sale: Sale,
  request: RefundWish,
  given: { readonly ability: 'partial' | 'full' | 'none' | null; readonly at: Instant },
): RefundDecision {
  const { ability, at } = given
  if (sale.type !== 'sale' || sale.status !== 'succeeded')
    return { kind: 'refused', code: 'payment_not_refundable' }
  const leftMinor = refundableMinor(sale)
  if (leftMinor === 0n && sale.takenBackMinor > 0n)
    return { kind: 'refused', code: 'payment_taken_back' }
  if (leftMinor === 0n) return { kind: 'refused', code: 'payment_already_refunded' }
  const amountMinor = request.amountMinor ?? leftMinor
  assert(amountMinor > 0n, 'a refund gives something back')
  if (amountMinor > leftMinor) return { kind: 'refused', code: 'refund_above_rest' }
  if (ability === 'none') return { kind: 'refused', code: 'gateway_cannot_refund' }
  if (ability === 'full' && amountMinor < sale.amountMinor)
    return { kind: 'refused', code: 'gateway_refunds_in_full_only' }
  return {
    kind: 'accepted',
    refund: newRefund(sale, { ...request, amountMinor }, at),
    sale: {
      ...sale,
      refundedMinor: sale.refundedMinor + amountMinor,
      refundCount: sale.refundCount + 1,
    },
  }
}

function newRefund(
  sale: Sale,
  request: RefundWish & { readonly amountMinor: bigint },
  at: Instant,
): Refund {
  const base = {
    id: request.id,
    version: 1,
    transactionId: sale.id,
    number: sale.refundCount + 1,
    mode: request.mode,
    reason: request.reason,
    reasonDetails: request.reasonDetails,
    amountMinor: request.amountMinor,
    chargedMinor: sale.amountMinor,
    currency: sale.currency,
    customerId: sale.customerId,
    invoiceId: sale.invoiceId,
    paymentIntentId: sale.paymentIntentId,
    subscriptionId: sale.subscriptionId,
    creditNoteId: request.creditNoteId,
    invoiceLineId: request.invoiceLineId ?? null,
    firstRefundId: request.firstRefundId ?? null,
    gatewayId: sale.gatewayId,
    chargeReference: sale.gatewayReference,
    gatewayReference: null,
    failure: null,
    sends: 0,
    sendAt: null,
    checkAt: null,
    sentAt: null,
    createdAt: at,
    updatedAt: at,
    processedAt: null,
  } as const
  // Money that came by hand has gone back by hand when this is recorded.
  if (sale.gatewayId === null) return { ...base, status: 'succeeded', processedAt: at }
  assert(sale.gatewayReference !== null, 'a gateway has a name for what it took')
  const sendAt = addDays(sale.createdAt, DELAY_DAYS)
  if (request.mode === 'delayed' && sendAt > at) return { ...base, status: 'pending', sendAt }
  return { ...base, status: 'processing', sends: 1, sentAt: request.realNow }
}

/** A pending refund of money that a bank has taken meanwhile: giving it back too would lose it twice. */
export function cancelRefund(refund: Refund, at: Instant): Refund {
  assert(refund.status === 'pending', 'what was sent is not canceled')
  const failure = {
    code: 'payment_taken_back',
    message: 'The bank took this payment back before the refund was due.',
  }
  const ended = { status: 'canceled', sendAt: null, failure, processedAt: at } as const
  return touched({ ...refund, ...ended }, at)
}

/** A pending refund whose time has come, as it is committed before the gateway is called. */
export function beginRefund(refund: Refund, realNow: Instant, at: Instant): Refund {
  assert(refund.status === 'pending', 'a refund is sent once')
  return touched({ ...refund, status: 'processing', sends: 1, sendAt: null, sentAt: realNow }, at)
}

export type RefundSettlement =
  | { readonly kind: 'settled'; readonly refund: Refund }
  | { readonly kind: 'waiting'; readonly refund: Refund }
  /** It had succeeded, and the money came back to us. */
  | { readonly kind: 'undone'; readonly refund: Refund }
  | { readonly kind: 'ignored' }

/**
 * What a gateway's answer, or its silence, makes of a refund. A second answer changes nothing, but for a failure after
 * a success: banks send money back that they cannot deliver. One that never was sent has no answer.
 */
export function settleRefund(
  refund: Refund,
  outcome: RefundOutcome,
  at: Instant,
): RefundSettlement {
  if (refund.status === 'succeeded' && outcome.kind === 'failed') {
    const failed = { status: 'failed', failure: outcome.failure, checkAt: null } as const
    return { kind: 'undone', refund: touched({ ...refund, ...failed, processedAt: at }, at) }
  }
  if (refund.status !== 'processing') return { kind: 'ignored' }
  const gatewayReference = outcome.gatewayReference ?? refund.gatewayReference
  const base = { ...refund, gatewayReference }
  switch (outcome.kind) {
    case 'succeeded': {
      const done = { status: 'succeeded', checkAt: null, processedAt: at } as const
      return { kind: 'settled', refund: touched({ ...base, ...done }, at) }
    }
    case 'failed': {
      const { failure } = outcome
      const done = { status: 'failed', failure, checkAt: null, processedAt: at } as const
      return { kind: 'settled', refund: touched({ ...base, ...done }, at) }
    }
    case 'pending':
      return { kind: 'waiting', refund: touched({ ...base, checkAt: addDays(at, 1) }, at) }
    case 'unknown':
      // Silence on one that is at work leaves it so: it is asked about again a day later.
      if (refund.checkAt === null) return { kind: 'ignored' }
      return { kind: 'waiting', refund: touched({ ...base, checkAt: addDays(at, 1) }, at) }
    default:
      return assertNever(outcome)
  }
}

function touched(refund: Refund, at: Instant): Refund {
  return { ...refund, version: refund.version + 1, updatedAt: at }
}

/** The sale once a refund of it has failed: the amount may be refunded again. */
export function withoutRefund(sale: Sale, refund: Refund): Sale {
  assert(sale.refundedMinor >= refund.amountMinor, 'a refund was counted at its sale')
  return { ...sale, refundedMinor: sale.refundedMinor - refund.amountMinor }
}

/** The movement that a refund's final answer stands for, under the refund's own id; written when it is known, as a sale is. */
export function refundTransaction(refund: Refund, sale: PaidWith, at: Instant): Transaction {
  return {
    ...reversalOf(refund, sale, at),
    type: 'refund',
    gatewayReference: refund.gatewayReference,
  }
}

/**
 * A succeeded refund: less revenue, and the gateway (or, without one, the bank) holds less. `taxMinor` of it was no revenue,
 * and is owed to no authority any more.
 */
export function refundTransfers(
  refund: Refund,
  taxMinor: bigint,
  given: { readonly at: Instant; readonly nextId: () => Uuid },
): Transfer[] {
  assert(taxMinor >= 0n && taxMinor <= refund.amountMinor, 'the tax is a part of what goes back')
  const { at, nextId } = given
  const base = {
    at,
    currency: refund.currency,
    customerId: refund.customerId,
    invoiceId: refund.invoiceId,
    sourceKind: 'refund',
    sourceId: refund.id,
    reversalOf: null,
  }
  const money = transfer({
    ...base,
    id: nextId(),
    debit: 'refunds',
    credit: refund.gatewayId === null ? 'bank' : 'gateway_clearing',
    amountMinor: refund.amountMinor,
    gatewayId: refund.gatewayId,
    sourcePosition: 0,
  })
  if (taxMinor === 0n) return [money]
  const tax = transfer({
    ...base,
    id: nextId(),
    debit: 'tax_payable',
    credit: 'refunds',
    amountMinor: taxMinor,
    gatewayId: null,
    sourcePosition: 1,
  })
  return [money, tax]
}

/** A refund that failed after it had succeeded: what it posted, reversed. */
export function refundFailedTransfers(
  posted: readonly Transfer[],
  refund: Refund,
  given: { readonly at: Instant; readonly nextId: () => Uuid },
): Transfer[] {
  assert(posted.length > 0, 'a refund that had succeeded was posted')
  return reverseAll(posted, { ...given, sourceKind: 'refund_failed', sourceId: refund.id })
}
