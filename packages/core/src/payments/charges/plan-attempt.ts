import type { Uuid } from '../../ids/index.ts'
import type { Currency } from '../../money/index.ts'
import type { Instant } from '../../time/index.ts'
import type { AttemptOperation, PaymentAttempt, RetryKind } from './attempt.ts'

/** A usable way to charge: a method's token at one enabled gateway. Lists of these come best first. */
export type ChargeRoute = {
  readonly paymentMethodId: Uuid
  readonly gatewayId: Uuid
  readonly methodType: string
  readonly cardBrand: string | null
  readonly cardLast4: string | null
  /** The Bacs mandate in force that it is debited under: its payer is told before. Absent for anything else. */
  readonly mandateId?: Uuid | null
  /** All that have a token of the method, by the account's order, where they are several: then a choice was made. */
  readonly gateways?: readonly RouteGateway[]
  /** Who chose this gateway instead of the account's order. */
  readonly wantedBy?: 'asked_for' | 'recovery'
}

export type RouteGateway = { readonly id: Uuid; readonly isEnabled: boolean }

export type AttemptRequest = {
  readonly id: Uuid
  readonly invoiceId: Uuid | null
  readonly paymentIntentId: Uuid | null
  readonly subscriptionId: Uuid | null
  readonly customerId: Uuid
  readonly attemptNumber: number
  readonly amountMinor: bigint
  readonly currency: Currency
  readonly operation: AttemptOperation
  /** Absent = the first round. */
  readonly retry?: Retry | undefined
  readonly isCustomerPresent?: boolean
}

/** Which round of charging the same thing it is, from 1, and who began it. */
export type Retry = { readonly number: number; readonly kind: RetryKind }

/** The round that an attempt is part of: what follows it along its route is part of the same. */
export function retryOf({
  retryNumber: number,
  retryKind: kind,
}: Pick<PaymentAttempt, 'retryNumber' | 'retryKind'>): Retry | undefined {
  return kind === null ? undefined : { number, kind }
}

/** The attempt as it is committed before the gateway is called. */
export function planAttempt(
  { retry, isCustomerPresent = false, ...request }: AttemptRequest,
  route: ChargeRoute,
  at: Instant,
): PaymentAttempt {
  return {
    ...request,
    isCustomerPresent,
    retryNumber: retry?.number ?? 0,
    retryKind: retry?.kind ?? null,
    state: 'sending',
    sends: 1,
    paymentMethodId: route.paymentMethodId,
    gatewayId: route.gatewayId,
    gatewayReference: null,
    decline: null,
    approvalAdvice: null,
    cardChecks: null,
    nextAction: null,
    checkAt: null,
    createdAt: at,
    settledAt: null,
  }
}
