import type { Uuid } from '../ids/index.ts'
import type { Frequency, Instant } from '../time/index.ts'
import { isEnded, type Subscription } from './subscription.ts'

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

/** The terms of a subscription that `billsBefore` bills precede the first renewal of. */
export function termsOf(profile: FollowedProfile, billsBefore: number): ProfileTerms {
  const { id: profileId, occurrences: occurrencesMax, overdueLimit, retriesFailed } = profile
  return { profileId, occurrencesMax, billsBefore, overdueLimit, retriesFailed }
}

/**
 * The subscription under this profile from the next date calculation on; the date that is set stays (revcent.md 9.1).
 * Renewals that it has had still count; one that had no profile begins to count now.
 */
export function followProfile(subscription: Subscription, profile: FollowedProfile): Subscription {
  const billsBefore = subscription.profile?.billsBefore ?? Math.max(1, subscription.cyclesBilled)
  const { frequency } = profile
  return {
    ...subscription,
    profile: termsOf(profile, billsBefore),
    schedule: { ...subscription.schedule, frequency, dateRule: 'from_renewal' },
  }
}

/** Renewals that were made, paid or not (revcent.md 6.5). */
export function occurrencesDone({
  profile,
  cyclesBilled,
}: Pick<Subscription, 'profile' | 'cyclesBilled'>): number {
  return profile === null ? 0 : Math.max(0, cyclesBilled - profile.billsBefore)
}

/** No renewal follows any more: it is over once the last one is paid. */
export function isLastOccurrenceDone(
  subscription: Pick<Subscription, 'profile' | 'cyclesBilled'>,
): boolean {
  const max = subscription.profile?.occurrencesMax ?? null
  return max !== null && occurrencesDone(subscription) >= max
}

/** The date that is set for the next renewal, or for the end of the trial; null when none will follow. */
export function nextRenewalAt(subscription: Subscription): Instant | null {
  return isEnded(subscription.status) || isLastOccurrenceDone(subscription)
    ? null
    : subscription.period.end
}
