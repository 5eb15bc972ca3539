import type { DeclineDialect } from '@perennial/core/declines'
import type { CredentialField, GatewayOutcome } from '@perennial/core/payments'
import type { Currency } from '@perennial/core/money'
import type { Instant } from '@perennial/core/time'
import type { Selectable } from 'kysely'
import type { DB } from '../../../platform/db/index.ts'

/** Those that rows may name; the adapters of `src/connectors` say which there are. */
export type Platform = Selectable<DB['recovery_connectors']>['platform']

/** By the ids of the platform's fields; `base_url` stands in for its address. */
export type ConnectorCredentials = Readonly<Record<string, string>>

export type PlatformRequest = {
  readonly method: 'GET' | 'POST' | 'PUT'
  /** From the root of the platform's address, with its query. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  /** A form is sent as such, a text as it is, anything else as JSON. */
  readonly body?: unknown
}

export type PlatformAnswer = {
  readonly status: number
  readonly text: string
  /** Undefined when the text is no JSON. */
  readonly body: unknown
}

/** One exchange with a platform; throws `PlatformSilence` when there is no answer. */
export type CallPlatform = (request: PlatformRequest) => Promise<PlatformAnswer>

/** What arrived at our address: header names in lower case. */
export type PlatformDelivery = {
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: string
  readonly receivedAt: Instant
}

/** Where a bill is found at its platform. */
export type BillPlace = {
  readonly invoiceId: string
  readonly customerId: string | null
  readonly subscriptionId: string | null
}

export type PlatformFailure = BillPlace & {
  /** One failed try of the platform's own, by its name there. */
  readonly billingAttemptId: string
  /**
   * How many tries of the bill it has counted by then, those that it made for us among them; null = it does not tell. Absent: it
   * tells of its own tries only.
   */
  readonly triesCounted?: number | null
  readonly declineCode: string | null
  /** Null: to be asked for. */
  readonly token: string | null
  readonly paymentSourceId: string | null
  readonly email: string | null
  /** For platforms whose bills do not name it. */
  readonly currency: Currency | null
}

/** Which bill is asked for, and the currency for platforms that do not tell it. */
export type BillQuestion = Pick<PlatformFailure, 'invoiceId' | 'currency'>

export type PlatformEvent =
  /** One charge, of one bill or more. */
  | { readonly kind: 'failed'; readonly failures: readonly PlatformFailure[] }
  | {
      readonly kind: 'card_replaced'
      readonly customerId: string
      readonly token: string | null
      readonly paymentSourceId: string | null
      /** It tells of tokens that are new, or may be heard twice: what goes on with this one by now is left as it is. */
      readonly isTokenNew?: true
    }
  | {
      readonly kind: 'paid'
      /** Null: it was for no bill. Undefined: the event does not tell. */
      readonly invoiceId: string | null | undefined
      readonly reference: string
      readonly amountMinor: bigint
      readonly currency: Currency
    }
  /** The platform is about to give up. */
  | { readonly kind: 'last_chance'; readonly subscriptionId: string }
  | { readonly kind: 'ignored'; readonly type: string }

/** `id`: the same for every delivery of one event. */
export type NamedEvent = {
  readonly id: string
  readonly event: PlatformEvent
  /** Another event may have the very same words, so each delivery is kept: to act on it twice must change nothing. */
  readonly isUnnamed?: true
}

/** A bill as it is at its platform now. */
export type PlatformBill = {
  /** `closed`: void, written off or given up: nothing is to be collected. `busy`: a payment that covers it is on its way. */
  readonly state: 'open' | 'busy' | 'paid' | 'closed'
  readonly dueMinor: bigint
  readonly currency: Currency
  /** Null where the event has told, or nobody can. */
  readonly token: string | null
  readonly email: string | null
  readonly declineCode: string | null
}

type Reach = { readonly call: CallPlatform; readonly credentials: ConnectorCredentials }

export type Collection = BillPlace & {
  readonly token: string
  /** The same for every repetition of one try. */
  readonly idempotencyKey: string
  readonly amountMinor: bigint
  readonly currency: Currency
}

export type Payment = BillPlace & {
  readonly idempotencyKey: string
  readonly amountMinor: bigint
  readonly currency: Currency
  /** The gateway's name of the charge. */
  readonly reference: string
  readonly paidAt: Instant
}

/** One outside billing system: translation only. Whatever an answer does not say is null, never guessed. */
export type Connector = {
  readonly platform: Platform
  readonly name: string
  readonly fields: readonly CredentialField[]
  /** Whose decline codes it speaks; null = those of the client's gateway. */
  readonly dialect: DeclineDialect | null
  /** Its address; null when the credentials make none. */
  readonly addressOf: (credentials: ConnectorCredentials, isLive: boolean) => string | null
  /** Whether this comes from the platform, by the credential that signs or the pair of user and password. */
  readonly isAuthentic: (credentials: ConnectorCredentials, delivery: PlatformDelivery) => boolean
  /** Null: this makes no sense. */
  readonly readEvent: (body: string) => NamedEvent | null
  /** The answer to a check of our address; null = no such check. */
  readonly answerChallenge?: (
    credentials: ConnectorCredentials,
    query: URLSearchParams,
  ) => string | null
  /** Null: there is no such bill. */
  readonly readBill: (reach: Reach, bill: BillQuestion) => Promise<PlatformBill | null>
  /** What a payment was for that does not tell; null = for no bill. */
  readonly findInvoice?: (reach: Reach, reference: string) => Promise<string | null>
  /** Bills of a subscription that are still open; absent: each is for one subscription, and its failure tells which. */
  readonly listOpenBills?: (reach: Reach, subscriptionId: string) => Promise<readonly string[]>
  /** The gateway's token behind a payment source of the platform. */
  readonly findToken?: (
    reach: Reach,
    of: { readonly customerId: string; readonly paymentSourceId: string | null },
  ) => Promise<string | null>
} & (
  | {
      /** We charge at the client's gateway and record the payment on the bill. */
      readonly collects: 'here'
      /** Throws when it was not taken. */
      readonly writeBack: (reach: Reach, payment: Payment) => Promise<void>
    }
  | {
      /** The platform is told to charge, so that its bill is paid by the charge itself. */
      readonly collects: 'there'
      /** Whether it takes what it is asked for, or whatever is due. */
      readonly takes: 'asked' | 'due'
      /** Whether it can charge another card of its gateway (`dialect`); else it charges the one that it has. */
      readonly takesToken: boolean
      /**
       * Puts a card in the place of the one that it keeps for the bill, before the first charge of it. What came of that charge
       * already: it was paid on the way, or the card was not taken; null = it is to be charged. Absent: a charge names its card.
       */
      readonly setCard?: (reach: Reach, collection: Collection) => Promise<GatewayOutcome | null>
      readonly collect: (reach: Reach, collection: Collection) => Promise<GatewayOutcome>
      /**
       * Of a bill that is paid by now: what this collection, whose answer got lost, came to; null = it paid nothing, somebody
       * else did. Absent: the platform cannot tell, and what is paid counts as paid by it.
       */
      readonly readCollection?: (
        reach: Reach,
        collection: Collection,
      ) => Promise<GatewayOutcome | null>
      /**
       * Of a bill that is still open: what this collection, whose answer got lost so long ago, came to; null = nobody can tell.
       * Asked when it can no longer be under way.
       */
      readonly readUnpaid: (
        reach: Reach,
        collection: Collection,
        ageMs: number,
      ) => Promise<GatewayOutcome | null>
    }
)

/** There was no answer, or none that makes sense. */
export class PlatformSilence extends Error {
  override readonly name = 'PlatformSilence'
}
