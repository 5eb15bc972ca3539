import type { Uuid } from '../../ids/index.ts'
import type { Currency } from '../../money/index.ts'
import type { Instant } from '../../time/index.ts'
import type { GatewayOutcome, RefundOutcome, VoidOutcome } from './gateway-outcome.ts'

/** A webhook as it came in. The body is the bytes that were signed. */
export type WebhookRequest = {
  /** Names in lower case; of repeated ones the first. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Uint8Array
  /** Real time: signatures carry the sender's real clock. */
  readonly receivedAt: Instant
}

/** `refused`: nothing of it is believed or kept. `answer`: what the sender wants to read; empty when absent. */
export type WebhookReading =
  | {
      readonly kind: 'notices'
      readonly notices: readonly GatewayNotice[]
      readonly answer?: string
    }
  | { readonly kind: 'refused'; readonly reason: 'signature' | 'stale' | 'malformed' }

export type DisputeStatus =
  | 'warning_needs_response'
  | 'warning_closed'
  | 'needs_response'
  | 'under_review'
  | 'won'
  | 'lost'
  | 'withdrawn'

/** A dispute as a gateway tells it. */
export type GatewayDispute = {
  readonly disputeReference: string
  readonly chargeReference: string
  readonly status: DisputeStatus
  readonly amountMinor: bigint
  readonly currency: Currency
  /** What the gateway charges for handling it. */
  readonly feeMinor: bigint
  /** One of our reasons: fraudulent, product_not_received, product_unacceptable, duplicate, subscription_canceled, other. */
  readonly reason: string
  readonly networkReasonCode: string | null
  readonly networkReasonDescription: string | null
  readonly evidenceDueAt: Instant | null
}

/** What a gateway tells about a kept card or account, such as an account updater's find. */
export type MethodChange = {
  readonly token: string
  /** The method it concerns, from a gateway that keeps our names: there, several methods may share a token. */
  readonly paymentMethodId?: Uuid
  /** `dropped`: this gateway has the token no more, and says nothing of the card. */
  readonly change:
    | 'updated'
    | 'expired'
    | 'closed'
    | 'dropped'
    | 'contact_cardholder'
    | 'mandate_canceled'
  /** Of a replaced card; null when the token stays good. */
  readonly newToken: string | null
  readonly last4: string | null
  readonly expMonth: number | null
  readonly expYear: number | null
}

type Told = {
  /** The sender's name for the notice: the same notice sent twice has the same one. */
  readonly id: string
  readonly at: Instant
}

/** Something that a gateway tells unasked, in words that are the same for all of them. */
export type GatewayNotice = Told &
  (
    | {
        readonly kind: 'charge'
        readonly idempotencyKey: Uuid | null
        readonly gatewayReference: string
        readonly outcome: GatewayOutcome
        /** A bank that had taken the payment back has given it again. */
        readonly isGivenAgain?: true
      }
    | {
        readonly kind: 'refund'
        readonly idempotencyKey: Uuid | null
        readonly chargeReference: string | null
        readonly refundReference: string
        readonly amountMinor: bigint
        readonly currency: Currency
        readonly outcome: RefundOutcome
      }
    | { readonly kind: 'dispute'; readonly dispute: GatewayDispute }
    | { readonly kind: 'method'; readonly method: MethodChange }
    /** A payment that had settled was taken back by the bank (an ACH return, a bounced debit). */
    | {
        readonly kind: 'return'
        /** Of the charge or the capture, where the gateway tells it. */
        readonly idempotencyKey?: Uuid | null
        readonly gatewayReference: string
        readonly code: string
        readonly message: string | null
      }
    /**
     * What became of a charge that was called off at a gateway which decides that later. `idempotencyKey`: the void's,
     * or the charge's where the gateway names that.
     */
    | {
        readonly kind: 'void'
        readonly idempotencyKey: Uuid | null
        readonly chargeReference: string
        readonly outcome: Extract<VoidOutcome, { readonly kind: 'voided' | 'refused' }>
      }
    /** Nothing that changes anything here; kept as received. */
    | { readonly kind: 'other'; readonly type: string }
  )

export type NoticesQuery = {
  readonly accountId: Uuid
  /** `next` of the page before; null begins with the first notice that there ever was. */
  readonly after: string | null
  /** The account's time: what is due by then, and then itself, is told. */
  readonly at: Instant
}

/** Notices in the order in which they fell due, or as the gateway was asked to muddle them. */
export type NoticesPage = {
  readonly notices: readonly GatewayNotice[]
  /** Where to go on; null when there was nothing yet. */
  readonly next: string | null
  readonly hasMore: boolean
  /** When the first notice that is not due yet will be, as far as the gateway knows by now. */
  readonly nextDueAt: Instant | null
}
