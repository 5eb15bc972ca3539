import type { Uuid } from '../ids/index.ts'
import type { Frequency } from '../time/index.ts'

/** What a profile decides for a subscription that follows it, besides the frequency, which is its schedule's. */
export type ProfileTerms = {
  readonly profileId: Uuid
  /** Renewals in all; null = no end. */
  readonly occurrencesMax: number | null
  /** Bills that are no renewals: the first one, or the one at the end of a trial. */
  readonly billsBefore: number
  /** Overdue renewals at which it is suspended; 0 = never. */
  readonly overdueLimit: number
  /** Whether failed renewals are tried again by themselves. */
  readonly retriesFailed: boolean
}

/** What subscriptions take from a profile. */
export type FollowedProfile = {
  readonly id: Uuid
  readonly frequency: Frequency
  readonly occurrences: number | null
  readonly overdueLimit: number
  readonly retriesFailed: boolean
}
