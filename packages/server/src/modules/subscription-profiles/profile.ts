import type { Uuid } from '@perennial/core/ids'
import type { RecoveryChoice } from '@perennial/core/recovery'
import type { FollowedProfile } from '@perennial/core/subscriptions'
import { frequencyProblem, type Instant } from '@perennial/core/time'

/** What a merchant says in a profile (spec/revcent.md 5). */
export type ProfileFields = Omit<FollowedProfile, 'id'> & {
  readonly name: string
  readonly description: string | null
  /** A disabled one sells nothing new; what follows it goes on. */
  readonly isEnabled: boolean
  /** Routes the charges of renewals; null = the account's default. */
  readonly paymentProfileId: Uuid | null
  readonly prefersLastSuccessGateway: boolean
  /** Whose first rate renewals bear for what is shipped; null = whichever rate qualifies. */
  readonly shippingProfileId: Uuid | null
  /** When and where failed renewals are tried again, in place of `recovery`; null = as that says. */
  readonly salvageProfileId: Uuid | null
  /** How failed renewals are tried again; null = as the product says, or else the account. */
  readonly recovery: RecoveryChoice | null
}

export type SubscriptionProfile = FollowedProfile &
  ProfileFields & {
    /** Rises with each change. */
    readonly version: number
    /** The one subscription that it was made for; null = any number may follow it. */
    readonly subscriptionId: Uuid | null
    readonly archivedAt: Instant | null
    readonly createdAt: Instant
    readonly updatedAt: Instant
  }

export type ProfileProblem = { readonly param: string; readonly message: string }

/** What does not fit together in itself, named as the caller wrote it; null when all does. */
export function findProfileProblem({ frequency }: ProfileFields): ProfileProblem | null {
  const message = frequencyProblem(frequency)
  return message === null ? null : { param: 'frequency', message: `No such frequency: ${message}.` }
}
