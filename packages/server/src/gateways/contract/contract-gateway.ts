import type { Uuid } from '@perennial/core/ids'
import type { Currency } from '@perennial/core/money'
import type {
  BroughtBack,
  CardDetails,
  GatewayMethodType,
  GatewayPort,
  TokenizeRequest,
  WebhookRequest,
} from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'

/** Tokens by what the gateway behind the adapter does with them. A case without its token is listed as unable. */
export type ContractCards = {
  readonly approved: string
  /** Refused with this code, in our words. */
  readonly declined: { readonly token: string; readonly code: string }
  readonly insufficientFunds: string
  /** The customer has to authenticate. */
  readonly needsAction?: string
  /** Silence, and the money has moved. */
  readonly timeoutCharged?: string
  /** Silence, and it has not. */
  readonly timeoutNotCharged?: string
  /** A bank debit that is decided later. */
  readonly pending?: string
  /** One that pays, of each kind that the gateway takes. */
  readonly byType: Readonly<Partial<Record<GatewayMethodType, string>>>
  /** Of the form of a token, and never made. */
  readonly unknown: string
}

export type ConnectedGateway = GatewayPort & { close(): Promise<void> }

export type ConnectWish = {
  /** In the place of the gateway: a server that answers badly. */
  readonly baseUrl?: string
  /** Refused ones, to see what is said. */
  readonly credentials?: 'bad'
  readonly timeoutMs?: number
}

/** A charge as the gateway's own records have it. */
export type SeenCharge = {
  readonly gatewayReference: string
  readonly amountMinor: bigint
  readonly currency: Currency
  readonly capturedMinor: bigint
  /** The network's name for the first charge, where a later one was sent with it. */
  readonly sentNetworkTransactionId: string | null
}

export type WebhookWish = {
  readonly about: 'charge' | 'refund' | 'dispute' | 'other'
  /** The charge that it tells of; it is one that was paid. */
  readonly charge: { readonly idempotencyKey: Uuid; readonly gatewayReference: string }
  readonly signedWith: 'own secret' | 'another secret'
  /** Real time at which the sender signs. */
  readonly sentAt: Instant
}

/** The gateway's side of the contract: the simulated world, or a protocol double. */
export type ContractGateway = {
  connect(wish?: ConnectWish): Promise<ConnectedGateway>
  /** Every charge that was made under the key, refused ones not counted. */
  chargesUnder(key: Uuid): Promise<readonly SeenCharge[]>
  /** What was given back of a charge, oldest first. */
  refundsOf(gatewayReference: string): Promise<readonly { readonly amountMinor: bigint }[]>
  /** The customer's answer to a challenge, and what they bring back where the gateway wants it. */
  authenticate?(
    challenge: { readonly gatewayReference: string; readonly url: string },
    answer: 'passed' | 'failed',
  ): Promise<BroughtBack | void>
  /** What lies between a pending charge and its money; for gateways whose charges all begin pending. */
  confirm?(gatewayReference: string): Promise<void>
  /** Captures and refunds are only received; a notice tells what became of them. */
  readonly tellsLater?: true
  /** Ends the time in which a charge can be called off. */
  settle?(gatewayReference: string): Promise<void>
  /** The days of a hold pass. A notice, where the gateway tells it unasked; null where it is asked. */
  letGo?(hold: {
    readonly idempotencyKey: Uuid
    readonly gatewayReference: string
  }): Promise<WebhookRequest | null>
  /** A kept card that was replaced, as its account updater has found out, and what it was before. */
  renewedCard?(): Promise<{
    readonly token: string
    readonly was: Pick<CardDetails, 'expMonth' | 'expYear'>
  }>
  /** Signed as the gateway signs. */
  webhook?(wish: WebhookWish): Promise<WebhookRequest>
  /** Card or account details that it tokenises. */
  readonly instrument?: TokenizeRequest['instrument']
  /** The account's time: charges are made at it. Real time unless the gateway lives on another. */
  now?(): Instant
  close(): Promise<void>
}

/** What a case works with. */
export type Stage = {
  readonly gateway: ContractGateway
  readonly port: ConnectedGateway
  readonly cards: ContractCards
  readonly accountId: Uuid
  newKey(): Uuid
  now(): Instant
  /** For what signatures carry. */
  realNow(): Instant
}

export type ContractCases = Readonly<
  Record<string, { readonly promise: string; readonly run: (stage: Stage) => Promise<void> }>
>
