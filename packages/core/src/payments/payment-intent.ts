import { assert, assertNever } from '../fault/index.ts'
import type { Uuid } from '../ids/index.ts'
import type { Currency } from '../money/index.ts'
import type { Instant } from '../time/index.ts'
import type { PaymentAttempt } from './attempt.ts'
import type { NextAction } from './gateway-port.ts'

export type IntentStatus =
  | 'requires_payment_method'
  | 'requires_confirmation'
  | 'requires_action'
  | 'processing'
  | 'succeeded'
  | 'canceled'

export type IntentError = {
  readonly code: string
  readonly message: string
  readonly declineCode: string | null
}

/** One collection outside invoices: confirm, perhaps authenticate, perhaps capture (spec/revkeen.md 2.9). */
export type PaymentIntent = {
  readonly id: Uuid
  readonly version: number
  readonly customerId: Uuid
  readonly paymentMethodId: Uuid | null
  readonly amountMinor: bigint
  readonly capturableMinor: bigint
  readonly receivedMinor: bigint
  readonly currency: Currency
  readonly status: IntentStatus
  readonly captureMethod: 'automatic' | 'manual'
  readonly description: string | null
  readonly statementDescriptor: string | null
  readonly statementDescriptorSuffix: string | null
  readonly receiptEmail: string | null
  readonly clientSecret: string
  readonly lastError: IntentError | null
  readonly nextAction: NextAction | null
  readonly cancellationReason: string | null
  readonly canceledAt: Instant | null
  readonly metadata: Readonly<Record<string, unknown>>
  readonly createdAt: Instant
  readonly updatedAt: Instant
}

export type IntentDecision =
  | { readonly kind: 'refused'; readonly code: 'intent_state_invalid' | 'payment_method_missing' }
  | { readonly kind: 'accepted'; readonly intent: PaymentIntent }

function changed(
  intent: PaymentIntent,
  at: Instant,
  change: Partial<PaymentIntent>,
): IntentDecision {
  return {
    kind: 'accepted',
    intent: { ...intent, ...change, version: intent.version + 1, updatedAt: at },
  }
}

/** requires_* -> processing, with the method that is about to be charged. */
export function confirmIntent(
  intent: PaymentIntent,
  paymentMethodId: Uuid | null,
  at: Instant,
): IntentDecision {
  const isWaiting =
    intent.status === 'requires_payment_method' || intent.status === 'requires_confirmation'
  if (!isWaiting) return { kind: 'refused', code: 'intent_state_invalid' }
  if (paymentMethodId === null) return { kind: 'refused', code: 'payment_method_missing' }
  return changed(intent, at, {
    status: 'processing',
    paymentMethodId,
    lastError: null,
    nextAction: null,
  })
}

/** What the attempt's state makes of the intent. A manual capture stays `processing` until it is captured. */
export function settleIntent(
  intent: PaymentIntent,
  attempt: PaymentAttempt,
  at: Instant,
): PaymentIntent {
  const decision = changed(intent, at, changeFor(intent, attempt))
  assert(decision.kind === 'accepted', 'an outcome always changes its intent')
  return decision.intent
}

function changeFor(intent: PaymentIntent, attempt: PaymentAttempt): Partial<PaymentIntent> {
  switch (attempt.state) {
    case 'succeeded':
      return intent.captureMethod === 'manual'
        ? { status: 'processing', capturableMinor: attempt.amountMinor, nextAction: null }
        : { status: 'succeeded', receivedMinor: attempt.amountMinor, nextAction: null }
    case 'declined': {
      const declineCode = attempt.decline?.code ?? 'generic_decline'
      const message = attempt.decline?.message ?? 'The payment method was declined.'
      const lastError = { code: 'card_declined', message, declineCode }
      return { status: 'requires_payment_method', lastError, nextAction: null }
    }
    case 'needs_action':
      return { status: 'requires_action', nextAction: attempt.nextAction }
    case 'canceled':
      return { status: 'canceled', nextAction: null }
    case 'sending':
    case 'unknown':
    case 'pending':
      return { status: 'processing', nextAction: null }
    default:
      return assertNever(attempt.state)
  }
}

/** Any state but succeeded and canceled -> canceled. */
export function cancelIntent(
  intent: PaymentIntent,
  reason: string | null,
  at: Instant,
): IntentDecision {
  if (intent.status === 'succeeded' || intent.status === 'canceled') {
    return { kind: 'refused', code: 'intent_state_invalid' }
  }
  const change = {
    status: 'canceled' as const,
    canceledAt: at,
    cancellationReason: reason,
    capturableMinor: 0n,
  }
  return changed(intent, at, { ...change, nextAction: null })
}
