import { assertNever } from '../../fault/index.ts'
import type { Uuid } from '../../ids/index.ts'
import type { Instant } from '../../time/index.ts'
import type { GatewayOutcome, NextAction } from '../gateway/gateway-outcome.ts'
import type { IntentError, IntentStatus } from './payment-intent.ts'

/** The call by which a gateway is asked whether a method works. */
export type Verification = {
  /** The idempotency key at the gateway. */
  readonly id: Uuid
  readonly gatewayId: Uuid
  readonly gatewayReference: string | null
  /** What the gateway holds for a moment; zero where it verifies without holding anything. */
  readonly heldMinor: bigint
}

/** The will to make a method chargeable: verified, and with the customer's consent, but not charged. */
export type SetupIntent = {
  readonly id: Uuid
  readonly version: number
  readonly customerId: Uuid | null
  readonly paymentMethodId: Uuid | null
  readonly paymentMethodTypes: readonly string[]
  readonly usage: 'on_session' | 'off_session'
  readonly status: IntentStatus
  readonly description: string | null
  readonly clientSecret: string
  readonly lastError: IntentError | null
  readonly nextAction: NextAction | null
  readonly cancellationReason: string | null
  /** The latest one; null before the first, and of a method that needs none. */
  readonly verification: Verification | null
  readonly confirmedAt: Instant | null
  readonly canceledAt: Instant | null
  readonly metadata: Readonly<Record<string, unknown>>
  readonly createdAt: Instant
  readonly updatedAt: Instant
}

export type SetupIntentDecision =
  | { readonly kind: 'refused'; readonly code: 'setup_state_invalid' }
  | { readonly kind: 'accepted'; readonly intent: SetupIntent }

export type NewSetupIntent = Pick<
  SetupIntent,
  'id' | 'customerId' | 'paymentMethodTypes' | 'usage' | 'description' | 'clientSecret' | 'metadata'
>

/** A new one waits for its method. */
export function startSetupIntent(given: NewSetupIntent, at: Instant): SetupIntent {
  return {
    ...given,
    version: 1,
    paymentMethodId: null,
    status: 'requires_payment_method',
    lastError: null,
    nextAction: null,
    cancellationReason: null,
    verification: null,
    confirmedAt: null,
    canceledAt: null,
    createdAt: at,
    updatedAt: at,
  }
}

function isWaiting({ status }: SetupIntent): boolean {
  return status === 'requires_payment_method' || status === 'requires_confirmation'
}

function changed(
  intent: SetupIntent,
  change: Partial<SetupIntent>,
  at: Instant,
): { readonly kind: 'accepted'; readonly intent: SetupIntent } {
  const version = intent.version + 1
  return { kind: 'accepted', intent: { ...intent, ...change, version, updatedAt: at } }
}

export type SetupIntentEdit = Partial<
  Pick<SetupIntent, 'customerId' | 'paymentMethodTypes' | 'usage' | 'description' | 'metadata'>
>

/** Before it is confirmed everything may change; afterwards what it is called. */
export function editSetupIntent(
  intent: SetupIntent,
  edit: SetupIntentEdit,
  at: Instant,
): SetupIntentDecision {
  const { description: _description, metadata: _metadata, ...terms } = edit
  if (Object.keys(terms).length > 0 && !isWaiting(intent))
    return { kind: 'refused', code: 'setup_state_invalid' }
  return changed(intent, edit, at)
}

/** requires_* -> processing while its gateway is asked; without a verification -> succeeded at once. */
export function confirmSetupIntent(
  intent: SetupIntent,
  given: {
    readonly customerId: Uuid
    readonly paymentMethodId: Uuid
    readonly verification: Verification | null
  },
  at: Instant,
): SetupIntentDecision {
  if (!isWaiting(intent)) return { kind: 'refused', code: 'setup_state_invalid' }
  const cleared = { lastError: null, nextAction: null, confirmedAt: at }
  const status = given.verification === null ? 'succeeded' : 'processing'
  return changed(intent, { ...given, ...cleared, status }, at)
}

/** What the gateway's answer makes of an intent that waits for one; null when it waits for none any more. */
export function settleSetupIntent(
  intent: SetupIntent,
  outcome: GatewayOutcome,
  at: Instant,
): SetupIntent | null {
  const { status, verification } = intent
  if (verification === null || (status !== 'processing' && status !== 'requires_action'))
    return null
  const gatewayReference = outcome.gatewayReference ?? verification.gatewayReference
  const told = { ...changeFor(outcome), verification: { ...verification, gatewayReference } }
  // A customer who has to act still has to, whatever the gateway does not say.
  const isSilence = outcome.kind === 'unknown' && status === 'requires_action'
  return isSilence ? null : changed(intent, told, at).intent
}

function changeFor(outcome: GatewayOutcome): Partial<SetupIntent> {
  switch (outcome.kind) {
    case 'succeeded':
      return { status: 'succeeded', nextAction: null, lastError: null }
    case 'declined': {
      const { code: declineCode, message } = outcome.decline
      const text = message ?? 'The payment method was declined.'
      const lastError = { code: 'setup_failed', message: text, declineCode }
      return { status: 'requires_payment_method', nextAction: null, lastError }
    }
    case 'needs_action':
      return { status: 'requires_action', nextAction: outcome.nextAction }
    case 'pending':
    case 'unknown':
      return { status: 'processing', nextAction: null }
    default:
      return assertNever(outcome)
  }
}

/** Any state but succeeded and canceled -> canceled; one that its gateway is asked about is not, until it has answered. */
export function cancelSetupIntent(
  intent: SetupIntent,
  reason: string | null,
  at: Instant,
): SetupIntentDecision {
  if (!isWaiting(intent) && intent.status !== 'requires_action')
    return { kind: 'refused', code: 'setup_state_invalid' }
  const change = { status: 'canceled', cancellationReason: reason, canceledAt: at } as const
  return changed(intent, { ...change, nextAction: null }, at)
}
