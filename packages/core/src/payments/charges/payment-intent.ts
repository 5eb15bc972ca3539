import { assert, assertNever } from '../../fault/index.ts'
import type { Uuid } from '../../ids/index.ts'
import type { Currency } from '../../money/index.ts'
import type { Instant } from '../../time/index.ts'
import type { Decline } from '../../declines/index.ts'
import type { PaymentAttempt } from './attempt.ts'
import type { NextAction } from '../gateway/gateway-outcome.ts'

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
  /** What was charged; absent where it cannot be charged any more, or nothing was. */
  readonly paymentMethod?: { readonly id: Uuid; readonly type: string }
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

export type NewIntent = Pick<
  PaymentIntent,
  | 'id'
  | 'customerId'
  | 'paymentMethodId'
  | 'amountMinor'
  | 'currency'
  | 'captureMethod'
  | 'description'
  | 'statementDescriptor'
  | 'statementDescriptorSuffix'
  | 'receiptEmail'
  | 'clientSecret'
  | 'metadata'
>

/** A new intent waits for its method, or with one for its confirmation. */
export function startIntent(given: NewIntent, at: Instant): PaymentIntent {
  assert(given.amountMinor > 0n, 'an intent collects something')
  return {
    ...given,
    version: 1,
    status: given.paymentMethodId === null ? 'requires_payment_method' : 'requires_confirmation',
    capturableMinor: 0n,
    receivedMinor: 0n,
    lastError: null,
    nextAction: null,
    cancellationReason: null,
    canceledAt: null,
    createdAt: at,
    updatedAt: at,
  }
}

export type IntentEdit = Partial<
  Pick<
    PaymentIntent,
    | 'paymentMethodId'
    | 'amountMinor'
    | 'currency'
    | 'description'
    | 'statementDescriptor'
    | 'statementDescriptorSuffix'
    | 'receiptEmail'
    | 'metadata'
  >
>

/** Changes what is to be collected, while nothing has been sent or the last try was refused. */
export function editIntent(intent: PaymentIntent, edit: IntentEdit, at: Instant): IntentDecision {
  if (!isWaiting(intent)) return { kind: 'refused', code: 'intent_state_invalid' }
  const { paymentMethodId } = edit
  if (paymentMethodId === undefined) return changed(intent, at, edit)
  const status = paymentMethodId === null ? 'requires_payment_method' : 'requires_confirmation'
  return changed(intent, at, { ...edit, status })
}

function isWaiting({ status }: PaymentIntent): boolean {
  return status === 'requires_payment_method' || status === 'requires_confirmation'
}

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
  if (!isWaiting(intent)) return { kind: 'refused', code: 'intent_state_invalid' }
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
  const decision = changed(intent, at, changeFor(intent, attempt, at))
  assert(decision.kind === 'accepted', 'an outcome always changes its intent')
  return decision.intent
}

function changeFor(
  intent: PaymentIntent,
  attempt: PaymentAttempt,
  at: Instant,
): Partial<PaymentIntent> {
  if (attempt.operation === 'capture') return changeForCapture(attempt, at)
  switch (attempt.state) {
    case 'succeeded':
      return intent.captureMethod === 'manual'
        ? { status: 'processing', capturableMinor: attempt.amountMinor, nextAction: null }
        : { status: 'succeeded', receivedMinor: attempt.amountMinor, nextAction: null }
    case 'declined': {
      const lastError = errorOf(attempt, 'card_declined')
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

/** What was authorised stays so when taking it failed, to be tried again or canceled, unless the gateway let it go. */
function changeForCapture(attempt: PaymentAttempt, at: Instant): Partial<PaymentIntent> {
  switch (attempt.state) {
    case 'succeeded': {
      const received = { receivedMinor: attempt.amountMinor, capturableMinor: 0n }
      return { status: 'succeeded', ...received, lastError: null }
    }
    case 'declined':
    case 'canceled': {
      const lastError = errorOf(attempt, 'capture_failed')
      return lastError.declineCode === 'authorization_expired'
        ? { status: 'canceled', canceledAt: at, capturableMinor: 0n, lastError }
        : { lastError }
    }
    case 'sending':
    case 'unknown':
    case 'pending':
    case 'needs_action':
      return {}
    default:
      return assertNever(attempt.state)
  }
}

function errorOf({ decline }: PaymentAttempt, code: string): IntentError {
  const message = decline?.message ?? 'The payment method was declined.'
  return { code, message, declineCode: decline?.code ?? 'generic_decline' }
}

export type CaptureDecision =
  | {
      readonly kind: 'refused'
      readonly code: 'authorization_expired' | 'intent_state_invalid' | 'amount_above_capturable'
    }
  | { readonly kind: 'accepted'; readonly amountMinor: bigint }

/** How much of what is authorised is taken: all of it unless told. There is one capture; the rest is released. */
export function captureIntent(intent: PaymentIntent, amountMinor: bigint | null): CaptureDecision {
  if (intent.status === 'canceled' && intent.lastError?.declineCode === 'authorization_expired')
    return { kind: 'refused', code: 'authorization_expired' }
  if (intent.status !== 'processing' || intent.capturableMinor === 0n)
    return { kind: 'refused', code: 'intent_state_invalid' }
  const wantedMinor = amountMinor ?? intent.capturableMinor
  assert(wantedMinor > 0n, 'a capture takes something')
  if (wantedMinor > intent.capturableMinor)
    return { kind: 'refused', code: 'amount_above_capturable' }
  return { kind: 'accepted', amountMinor: wantedMinor }
}

/** The attempt that takes what `authorized` holds, as it is committed before the gateway is called. */
export function planCapture(
  authorized: PaymentAttempt,
  given: { readonly id: Uuid; readonly attemptNumber: number; readonly amountMinor: bigint },
  at: Instant,
): PaymentAttempt {
  assert(authorized.operation === 'authorize', 'what is captured was authorised')
  assert(authorized.state === 'succeeded', 'what is captured is held')
  assert(authorized.gatewayReference !== null, 'the gateway has a name for what it holds')
  return {
    ...authorized,
    ...given,
    operation: 'capture',
    state: 'sending',
    sends: 1,
    decline: null,
    approvalAdvice: null,
    cardChecks: null,
    nextAction: null,
    checkAt: null,
    createdAt: at,
    settledAt: null,
  }
}

/** The gateway was asked to let go, and has not said yet whether it did: nothing can be captured meanwhile. */
export function releaseIntent(
  intent: PaymentIntent,
  reason: string | null,
  at: Instant,
): PaymentIntent {
  const { version } = intent
  const released = { capturableMinor: 0n, cancellationReason: reason, updatedAt: at }
  return { ...intent, ...released, version: version + 1 }
}

/** The gateway could not let go, so that what it holds can be captured again. Null: it was not asked, or nothing is held. */
export function holdAgain(
  intent: PaymentIntent,
  authorized: PaymentAttempt,
  at: Instant,
): PaymentIntent | null {
  const isHeld = authorized.operation === 'authorize' && authorized.state === 'succeeded'
  const isReleasing = intent.status === 'processing' && intent.capturableMinor === 0n
  if (!isHeld || !isReleasing) return null
  const { version } = intent
  const held = { capturableMinor: authorized.amountMinor, cancellationReason: null, updatedAt: at }
  return { ...intent, ...held, version: version + 1 }
}

/** What was held has lapsed: the intent ends, and says why. */
export function expireIntent(intent: PaymentIntent, decline: Decline, at: Instant): PaymentIntent {
  const message = decline.message ?? 'The authorisation has expired.'
  return {
    ...intent,
    status: 'canceled',
    canceledAt: at,
    capturableMinor: 0n,
    lastError: { code: 'capture_failed', message, declineCode: decline.code },
    version: intent.version + 1,
    updatedAt: at,
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
