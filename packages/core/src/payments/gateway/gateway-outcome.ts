import { findAdviceCode, type Decline } from '../../declines/index.ts'
import type { CardChecks } from './card-checks.ts'

/** Where the customer has to go before the money can move; `returnUrl`: where whoever confirmed wants them back. */
export type NextAction = {
  readonly type: 'redirect_to_url'
  readonly url: string
  readonly returnUrl?: string
}

/** What a browser has to post to a bank's page, where following a link is not enough. */
export type BankForm = {
  readonly url: string
  readonly fields: Readonly<Record<string, string>>
}

/** What a hold that its gateway has let go of answers. */
export const HOLD_EXPIRED: Decline = {
  code: 'authorization_expired',
  isoCode: null,
  adviceCode: null,
  message: 'The authorisation has expired: it was not captured in time.',
}

/** Money may have moved, and nobody has said: the same for a charge and for what goes back. */
export type UnknownOutcome = {
  readonly kind: 'unknown'
  readonly gatewayReference: null
  readonly cause: string
}

export function unknownOutcome(cause: string): UnknownOutcome {
  return { kind: 'unknown', gatewayReference: null, cause }
}

/**
 * What a gateway told us about one charge. `unknown`: money may have moved, so nothing is charged again
 * until a look-up has told.
 */
export type GatewayOutcome =
  | {
      readonly kind: 'succeeded'
      readonly gatewayReference: string
      readonly networkTransactionId: string | null
      /** The card network's advice that came with the approval, as two digits; absent where none was told. */
      readonly adviceCode?: string
      /** Absent where the gateway does not tell them. */
      readonly cardChecks?: CardChecks
    }
  | {
      readonly kind: 'declined'
      readonly gatewayReference: string | null
      readonly decline: Decline
      readonly cardChecks?: CardChecks
    }
  | { readonly kind: 'pending'; readonly gatewayReference: string }
  | {
      readonly kind: 'needs_action'
      readonly gatewayReference: string
      readonly nextAction: NextAction
      /** Posted by whoever is sent to `nextAction`; absent = its address is a link. */
      readonly form?: BankForm
    }
  | UnknownOutcome

/** To spread into an approval: the advice that its gateway tells with it, as `41` or `41 : Single use`; nothing where it tells none. */
export function withAdvice(told: string | null): { readonly adviceCode?: string } {
  const advice = told === null ? null : findAdviceCode(told)
  return advice === null ? {} : { adviceCode: advice.adviceCode }
}

const UNREACHABLE = 'gateway_unreachable'

/** A decline in words of our own: no gateway has named the charge or told a network's codes. */
export function declinedOutcome(code: string, message: string): GatewayOutcome {
  const decline: Decline = { code, isoCode: null, adviceCode: null, message }
  return { kind: 'declined', gatewayReference: null, decline }
}

/**
 * No connection came about, so that nothing of the charge was sent: nobody has refused a card, and another gateway may
 * take it at once. Only for a charge whose key was never sent before.
 */
export function unreachableOutcome(cause: string): GatewayOutcome {
  const message = `The gateway could not be reached (${cause}). Nothing was sent.`
  return declinedOutcome(UNREACHABLE, message)
}

/** Of a charge that was sent once more under its key: what could not be sent now says nothing of the first time. */
export function repeatedOutcome(outcome: GatewayOutcome): GatewayOutcome {
  const isUnsent = outcome.kind === 'declined' && outcome.decline.code === UNREACHABLE
  return isUnsent ? unknownOutcome('the gateway could not be reached') : outcome
}

/** What a gateway told us about money that goes back. `unknown`: it may have gone; a look-up tells. */
export type RefundOutcome =
  | { readonly kind: 'succeeded'; readonly gatewayReference: string }
  | { readonly kind: 'pending'; readonly gatewayReference: string }
  | {
      readonly kind: 'failed'
      readonly gatewayReference: string | null
      readonly failure: { readonly code: string; readonly message: string | null }
    }
  | UnknownOutcome

/**
 * `refused`: the charge is settled, or gone already, and its money can only be refunded. `pending`: the gateway has taken
 * the wish down, and tells by a notice what becomes of it.
 */
export type VoidOutcome =
  | { readonly kind: 'voided' }
  | { readonly kind: 'pending' }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string | null }
  | { readonly kind: 'unknown'; readonly cause: string }
