import type { IdKind, Uuid } from '@perennial/core/ids'
import type { Currency } from '@perennial/core/money'
import type { RecoveryChoice, RecyclingRules } from '@perennial/core/recovery'
import type { Instant, TimeZone } from '@perennial/core/time'
import type { Tx } from '../db/index.ts'
import type { Ids } from '../ids/index.ts'

export type Environment = 'live' | 'sandbox'

/** What a merchant has set for one account; `modules/accounts` parses it and fills in what is unset. */
export type AccountSettings = {
  readonly invoicePrefix: string
  readonly defaultDueDays: number
  /** Routes the charges of whatever names no profile of its own; null = the first gateway that can. */
  readonly defaultPaymentProfileId: Uuid | null
  readonly dunning: DunningSettings
  /** Who chooses when a failed charge is tried again, where product and subscription say nothing. */
  readonly recovery: RecoveryChoice
  /** Refusals of one amount that a Visa card bears in 30 days: what the acquirer allows, 15 to 20. */
  readonly visaAttemptsMax: number
  readonly payments: PaymentSettings
  readonly disputes: DisputeSettings
  /** How subscriptions of stacked plans are charged and recycled; null = the account has none. */
  readonly recycling: RecyclingSettings | null
  /** Where the webhooks of the Revolv3-compatible API go; null = nowhere. */
  readonly revolv3: Revolv3Settings | null
  readonly brand: BrandSettings
  readonly mail: MailSettings
}

/** How a merchant shows itself to customers. Null = not shown, or what `displayName` says: the account's name. */
export type BrandSettings = {
  readonly displayName: string | null
  /** CSS hex colours, such as #6366f1. */
  readonly color: string | null
  readonly accentColor: string | null
  readonly logoUrl: string | null
  readonly supportEmail: string | null
  readonly supportPhone: string | null
  readonly websiteUrl: string | null
}

export type MailSettings = {
  /** Null = the brand's display name. */
  readonly fromName: string | null
  readonly replyTo: string | null
  /** Gets a blind copy of every mail to a customer. */
  readonly bcc: string | null
  /** BCP 47, such as "en": the language of mails to customers who have none of their own. */
  readonly language: string
  /** Whether a sandbox's mails go to the mail server too, instead of being kept. */
  readonly sendFromSandbox: boolean
  /** Whether every payment is receipted to its customer, and not only those that ask for it. */
  readonly sendReceipts: boolean
}

export type RecyclingSettings = {
  readonly rules: RecyclingRules
  /** Tried one after the other with each method; none = all of the account's, in its order. */
  readonly gatewayIds: readonly Uuid[]
}

export type Revolv3Settings = { readonly webhookUrl: string; readonly webhookKeySealed: string }

export type PaymentSettings = {
  /** Whether a customer's other cards are charged where the one of a subscription is refused and no profile says more. */
  readonly backupMethods: boolean
}

export type DisputeSettings = {
  /** What a chargeback does to the subscription, where the subscription says nothing itself. */
  readonly onDispute: 'none' | 'pause' | 'cancel'
  /** Whether a payment that a chargeback is announced for is given back before it comes. */
  readonly refundEarlyWarnings: boolean
}

export type DunningSettings = {
  readonly gracePeriodDays: number
  readonly maxRetryAttempts: number
  /** Days after the failed charge, ascending. */
  readonly retrySchedule: readonly number[]
  readonly emailEnabled: boolean
  readonly autoCancelUnpaid: boolean
}

export type AccountContext = {
  readonly id: Uuid
  readonly name: string
  readonly timezone: TimeZone
  readonly currency: Currency
  readonly settings: AccountSettings
}

/** Which API request a command runs for; it ends up in the events that the command records. */
export type RequestOrigin = { readonly id: string; readonly idempotencyKey: string | null }

/** Everything a command is handed besides its own arguments. Null `request` = a worker or an operator runs it. */
export type CommandContext = {
  readonly accountId: Uuid
  readonly environment: Environment
  readonly account: AccountContext
  /** The account's time: where its test clock stands, else real time. */
  readonly now: Instant
  readonly ids: Ids
  readonly request: RequestOrigin | null
  /** One transaction that sees only this account's rows. */
  inTx<T>(fn: (tx: Tx) => Promise<T>): Promise<T>
  /**
   * Says, inside the command's own transaction, which object the request made or changed: a repetition that arrives
   * after a crash is then answered with that object. Call it in every command that may run for a POST, PATCH or PUT.
   * `note` is JSON that the route's `reload` is handed: what the object itself does not tell, and no secret.
   */
  remember(tx: Tx, kind: IdKind, id: Uuid, note?: object): Promise<void>
}
