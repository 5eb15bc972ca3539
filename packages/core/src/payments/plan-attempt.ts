import type { Uuid } from '../ids/index.ts'
import type { Currency } from '../money/index.ts'
import type { Instant } from '../time/index.ts'
import type { AttemptOperation, PaymentAttempt } from './attempt.ts'

/** A usable way to charge: a method's token at one enabled gateway. Lists of these come best first. */
export type ChargeRoute = {
  readonly paymentMethodId: Uuid
  readonly gatewayId: Uuid
  readonly methodType: string
  readonly cardBrand: string | null
  readonly cardLast4: string | null
}

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
}

/** The attempt as it is committed before the gateway is called. */
export function planAttempt(
  request: AttemptRequest,
  route: ChargeRoute,
  at: Instant,
): PaymentAttempt {
  return {
    ...request,
    state: 'sending',
    sends: 1,
    paymentMethodId: route.paymentMethodId,
    gatewayId: route.gatewayId,
    gatewayReference: null,
    decline: null,
    nextAction: null,
    checkAt: null,
    createdAt: at,
    settledAt: null,
  }
}
