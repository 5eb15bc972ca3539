import type { Uuid } from '../ids/index.ts'
import type { Currency } from '../money/index.ts'
import type { Instant } from '../time/index.ts'

/** Why a charge was refused. `code` is the normalised name of spec/decline-codes.md 4 and 6. */
export type Decline = {
  readonly code: string
  readonly isoCode: string | null
  readonly adviceCode: string | null
  readonly message: string | null
}

/** Where the customer has to go before the money can move; `returnUrl`: where whoever confirmed wants them back. */
export type NextAction = {
  readonly type: 'redirect_to_url'
  readonly url: string
  readonly returnUrl?: string
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
    }
  | {
      readonly kind: 'declined'
      readonly gatewayReference: string | null
      readonly decline: Decline
    }
  | { readonly kind: 'pending'; readonly gatewayReference: string }
  | {
      readonly kind: 'needs_action'
      readonly gatewayReference: string
      readonly nextAction: NextAction
    }
  | { readonly kind: 'unknown'; readonly gatewayReference: null; readonly cause: string }

/** What a look-up by idempotency key found. `absent`: the gateway is sure that it never saw the charge. */
export type LookUpResult =
  | { readonly kind: 'found'; readonly outcome: GatewayOutcome }
  | { readonly kind: 'absent' }

export type ChargeRequest = {
  readonly accountId: Uuid
  readonly idempotencyKey: Uuid
  readonly token: string
  /** The payment method that the token stands for. */
  readonly paymentMethodId: Uuid
  readonly networkTransactionId: string | null
  readonly amountMinor: bigint
  readonly currency: Currency
  /** False = authorise only, for a capture later. */
  readonly capture: boolean
  readonly description: string | null
  /** The account's time. Real gateways ignore it; the simulated world lives by it. */
  readonly at: Instant
}

export type ChargeKey = {
  readonly accountId: Uuid
  readonly idempotencyKey: Uuid
  readonly at: Instant
}

/** What a token stands for, asked before it is kept as the method of this id. */
export type TokenQuestion = {
  readonly accountId: Uuid
  readonly paymentMethodId: Uuid
  readonly token: string
  readonly at: Instant
}

export type CardDetails = {
  readonly type: 'card' | 'us_bank_account'
  readonly brand: string | null
  readonly last4: string | null
  readonly expMonth: number | null
  readonly expYear: number | null
  readonly funding: string | null
  readonly country: string | null
  readonly fingerprint: string | null
}

/** One gateway. Adapters never throw for an answer they understood; silence is the outcome `unknown`. */
export type GatewayPort = {
  /** How old a charge must be, in real time, before "the gateway does not know it" means "it did not happen". */
  readonly absentAfterMs: number
  /** The longest that a call may take, in real time, before the adapter gives up on it. */
  readonly callMsMax: number
  readonly charge: (request: ChargeRequest) => Promise<GatewayOutcome>
  readonly capture: (
    charge: ChargeKey & { readonly gatewayReference: string; readonly amountMinor: bigint },
  ) => Promise<GatewayOutcome>
  readonly cancel: (
    charge: ChargeKey & { readonly gatewayReference: string },
  ) => Promise<GatewayOutcome>
  readonly lookUp: (key: ChargeKey) => Promise<LookUpResult>
  /** Null when the gateway does not know the token; throws when it does not answer. */
  readonly describeToken: (question: TokenQuestion) => Promise<CardDetails | null>
}
