import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'

export const USAGE_METRICS = [
  'captured_amount',
  'approved_count',
  'declined_count',
  'attempt_count',
  'decline_rate',
  'chargeback_count',
] as const
export const USAGE_PERIODS = ['hour', 'day', 'week', 'month'] as const

/** How much a gateway may be used: the attempt about to be made counted, the metric stays at `max` or below. */
export type CascadeRule = {
  readonly metric: (typeof USAGE_METRICS)[number]
  readonly period: (typeof USAGE_PERIODS)[number]
  /** Minor units for an amount, a number for counts, percent for a rate. */
  readonly max: number
}

/** What the customer reads on a statement, and whom to call about it. */
export type CustomDescriptor = {
  readonly enabled: boolean
  readonly name: string | null
  readonly email: string | null
  readonly url: string | null
  readonly phone: string | null
  readonly address: string | null
  readonly city: string | null
  readonly state: string | null
  readonly postalCode: string | null
}

/** What a merchant may set of a gateway beside its credentials. */
export type GatewaySettings = {
  readonly name: string
  readonly description: string | null
  /** The smaller, the earlier in the account's order of preference. */
  readonly position: number
  readonly merchantAccountId: string | null
  /** Parts per million of an approved charge that the gateway keeps. */
  readonly discountRatePpm: number
  readonly flatFeeApprovedMinor: bigint
  readonly flatFeeDeclinedMinor: bigint
  /** Six or eight digits each. */
  readonly acquirerBins: readonly string[]
  /** For reports only. */
  readonly monthlyCapMinor: bigint | null
  readonly customDescriptor: CustomDescriptor | null
  readonly cascadeRules: readonly CascadeRule[]
  readonly smartBinEnabled: boolean
  /** Refusals of one amount that its acquirer lets a Visa card bear in 30 days; null = as the account says. */
  readonly visaAttemptsMax: number | null
}

/** A merchant's own account at a gateway. Credentials are not part of it, only what may be shown of them. */
export type GatewayAccount = GatewaySettings & {
  readonly id: Uuid
  /** How payment methods and charges name it. */
  readonly code: string
  readonly kind: string
  readonly isEnabled: boolean
  readonly baseUrl: string | null
  /** The vendor's own name for the account; null = the vendor did not tell. */
  readonly accountReference: string | null
  readonly credentialsHint: Readonly<Record<string, string>>
  /** Rises with every rotation: adapters connect again when it does. */
  readonly credentialsVersion: number
  /** Until then, real time, webhooks signed with the credentials before are believed. */
  readonly previousCredentialsUntil: Instant | null
  readonly version: number
  readonly createdAt: Instant
  readonly updatedAt: Instant
  readonly archivedAt: Instant | null
}

/** Credentials as they lie in the database. */
export type SealedCredentials = {
  readonly sealed: string | null
  readonly previousSealed: string | null
}

export const SETTINGS_BY_DEFAULT: Omit<GatewaySettings, 'name' | 'position'> = {
  description: null,
  merchantAccountId: null,
  discountRatePpm: 0,
  flatFeeApprovedMinor: 0n,
  flatFeeDeclinedMinor: 0n,
  acquirerBins: [],
  monthlyCapMinor: null,
  customDescriptor: null,
  cascadeRules: [],
  smartBinEnabled: false,
  visaAttemptsMax: null,
}
