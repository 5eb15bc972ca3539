import type { Instant } from '../time/index.ts'
import type { FollowedProfile, ProfileTerms } from './profile-terms.ts'
import { isEnded, type Subscription } from './subscription.ts'

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
