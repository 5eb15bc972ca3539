import type { Uuid } from '../../ids/index.ts'
import type { Currency } from '../../money/index.ts'
import type { Instant } from '../../time/index.ts'
import type { GatewayAbilities, GatewayMethodType } from './gateway-abilities.ts'
import type { EvidenceLimits } from './evidence-limits.ts'
import type { AcceptRequest, DisputeAnswer, EvidenceRequest } from './gateway-dispute.ts'
import type { GatewayOutcome, RefundOutcome, VoidOutcome } from './gateway-outcome.ts'
import type { MovementPage, MovementsQuery } from './gateway-movement.ts'
import type { StatementText } from '../charges/statement-text.ts'
import type { NoticesPage, NoticesQuery, WebhookReading, WebhookRequest } from './gateway-notice.ts'

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
  /** Of the first charge of this method, at whichever gateway, for charges that the merchant makes later on. */
  readonly networkTransactionId: string | null
  /** `first`: a mandate begins with it; `recurring`: the merchant charges on; `present`: the customer is there, once. */
  readonly initiation: 'present' | 'first' | 'recurring'
  readonly amountMinor: bigint
  readonly currency: Currency
  /** False = authorise only, for a capture later. */
  readonly capture: boolean
  /** What the customer reads on the statement; absent = what the gateway says by itself. */
  readonly statement?: StatementText
  /** Where a customer who has to authenticate comes back to; absent = nobody said. */
  readonly returnUrl?: string
  /** The account's time. Real gateways ignore it; the simulated world lives by it. */
  readonly at: Instant
}

/**
 * What a customer brought back from a challenge: what was written behind the address that they came back to. Anybody may
 * have made it up.
 */
export type BroughtBack = Readonly<Record<string, string>>

export type ChargeKey = {
  readonly accountId: Uuid
  readonly idempotencyKey: Uuid
  readonly at: Instant
}

/** A charge that may have been made when it was first sent, or when it was sent again. */
export type LookUpKey = ChargeKey & {
  /** Real time; null = it was not sent again, absent = nobody knows. */
  readonly lastSentAt?: Instant | null
}

/** What a token stands for, asked before it is kept as the method of this id. */
export type TokenQuestion = {
  readonly accountId: Uuid
  readonly paymentMethodId: Uuid
  readonly token: string
  readonly at: Instant
}

export type CardDetails = {
  readonly type: GatewayMethodType
  readonly brand: string | null
  readonly last4: string | null
  readonly expMonth: number | null
  readonly expYear: number | null
  readonly funding: string | null
  readonly country: string | null
  readonly fingerprint: string | null
  /** The card's first six to eight digits, where the gateway tells them; routing asks for them. */
  readonly bin?: string | null
  /** The wallet that a card sits in, such as apple_pay; null = it is a card as such, absent = the gateway does not tell. */
  readonly wallet?: string | null
  /** How the mandate stands that an account is debited under; absent = there is none, or it is in force. */
  readonly mandate?: MandateStanding
}

/** `awaited`: the banks have not answered yet, or hold it back for now. `ended`: nothing can be debited under it any more. */
export type MandateStanding = 'in_force' | 'awaited' | 'ended'

export type RefundLookUp =
  | { readonly kind: 'found'; readonly outcome: RefundOutcome }
  | { readonly kind: 'absent' }

/** A call about a charge that was made before; `gatewayReference` is the gateway's name for it. */
export type FollowUp = ChargeKey & { readonly gatewayReference: string }

export type RefundRequest = FollowUp & {
  readonly amountMinor: bigint
  readonly currency: Currency
  /** What was charged: some gateways take a full and a partial refund by different calls. */
  readonly chargedMinor: bigint
  readonly reason: string | null
}

/** A card as its owner typed it. It lives in memory for the length of one call and is never written anywhere. */
export type RawCard = {
  readonly number: string
  readonly expMonth: number
  readonly expYear: number
  readonly securityCode: string | null
  readonly holderName: string | null
}

export type RawBankAccount = {
  readonly scheme: 'ach' | 'sepa' | 'bacs'
  /** Routing number or sort code; null for SEPA, whose IBAN tells it. */
  readonly bankCode: string | null
  /** Account number or IBAN. */
  readonly accountNumber: string
  readonly accountType: 'checking' | 'savings' | null
  readonly holderName: string
}

export type TokenizeRequest = {
  readonly accountId: Uuid
  readonly instrument:
    | { readonly kind: 'card'; readonly card: RawCard }
    | { readonly kind: 'bank'; readonly bank: RawBankAccount }
  /** Asked again under it, a gateway that can tell answers with what it made; absent = something new each time. */
  readonly idempotencyKey?: string
  /**
   * A token at this gateway of the same owner: a gateway that keeps what it is given by customer keeps it with that one.
   * Absent = none is known.
   */
  readonly holderToken?: string
  readonly at: Instant
}

export type Tokenization =
  | { readonly kind: 'tokenized'; readonly token: string; readonly details: CardDetails }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string | null }

/** Whether the gateway takes the credentials: asked before they are kept. */
export type CredentialCheck =
  | {
      readonly kind: 'accepted'
      readonly merchantName: string | null
      /**
       * The gateway's own name for the account that the credentials are of: the same for every set of them, another one
       * for every other account. Null = the gateway does not tell.
       */
      readonly accountReference: string | null
    }
  | { readonly kind: 'refused'; readonly message: string }

/**
 * One gateway. Adapters never throw for an answer they understood; silence is the outcome `unknown`. What
 * `abilities` denies is never asked.
 */
export type GatewayPort = {
  readonly abilities: GatewayAbilities
  /** How old a charge must be, in real time, before "the gateway does not know it" means "it did not happen". */
  readonly absentAfterMs: number
  /**
   * Of a gateway that cannot be asked about a charge (`abilities.lookUp`): how long after its key was made, in real time,
   * the same charge may be sent again under it and is answered as it was the first time.
   */
  readonly repeatableMs?: number
  /** The longest that a call may take, in real time, before the adapter gives up on it. */
  readonly callMsMax: number
  readonly charge: (request: ChargeRequest) => Promise<GatewayOutcome>
  /**
   * Ends a charge that answered `needs_action`, at a gateway that wants what the customer brings back: there, whoever is to
   * be challenged comes back by a page of ours (`returnUrl` of the charge), and nobody is challenged without one. Sent
   * again it is answered alike. Null: this is nothing that the gateway knows of this charge, which waits as before.
   */
  readonly completeChallenge?: (
    challenge: ChargeKey & { readonly brought: BroughtBack },
  ) => Promise<GatewayOutcome | null>
  /** Takes all or part of what an authorisation holds; `currency` is the charge's. */
  readonly capture: (
    charge: FollowUp & { readonly amountMinor: bigint; readonly currency: Currency },
  ) => Promise<GatewayOutcome>
  /** Calls off a charge that has not settled: an authorisation, a challenge, or today's charge. May be repeated. */
  readonly void: (charge: FollowUp) => Promise<VoidOutcome>
  /** `idempotencyKey` is the refund's own. */
  readonly refund: (request: RefundRequest) => Promise<RefundOutcome>
  /** By the key of a charge. */
  readonly lookUp: (key: LookUpKey) => Promise<LookUpResult>
  /** By the refund's key, on the charge that `gatewayReference` names. */
  readonly lookUpRefund: (key: FollowUp) => Promise<RefundLookUp>
  /** Throws when the gateway does not answer. */
  readonly tokenize: (request: TokenizeRequest) => Promise<Tokenization>
  /** Null when the gateway does not know the token; throws when it does not answer. */
  readonly describeToken: (question: TokenQuestion) => Promise<CardDetails | null>
  /**
   * Has the customer there who holds `holderToken` hold this token too, unless somebody does already; an unknown one is left
   * as it is. Absent: nothing there is held by customers. Throws when the gateway does not answer, or refuses.
   */
  readonly keepBeside?: (
    question: Omit<TokenQuestion, 'paymentMethodId'> & { readonly holderToken: string },
  ) => Promise<void>
  /**
   * Ends the mandate that a token stands for; one that has ended is left as it is. Absent: mandates end elsewhere. Throws
   * when the gateway does not answer.
   */
  readonly endMandate?: (mandate: Omit<TokenQuestion, 'paymentMethodId'>) => Promise<void>
  /** Throws when the gateway does not answer. */
  readonly checkCredentials: () => Promise<CredentialCheck>
  readonly readWebhook: (request: WebhookRequest) => Promise<WebhookReading>
  /** What the gateway says has moved, oldest first. Throws when it does not answer. */
  readonly listMovements: (query: MovementsQuery) => Promise<MovementPage>
  /** What a gateway that lives on the account's time has to tell. Real gateways call instead; throws when silent. */
  readonly listNotices?: (query: NoticesQuery) => Promise<NoticesPage>
  /** What `submitEvidence` takes; more is never handed over. There when `abilities.disputes` says so. */
  readonly evidenceLimits?: EvidenceLimits
  /** Hands the merchant's answer to a dispute in. There when `abilities.disputes` says so. */
  readonly submitEvidence?: (request: EvidenceRequest) => Promise<DisputeAnswer>
  /** Gives a dispute up: it is lost at once. There when `abilities.disputes` says so. */
  readonly acceptDispute?: (request: AcceptRequest) => Promise<DisputeAnswer>
}
