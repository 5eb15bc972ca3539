import type { Uuid } from '@perennial/core/ids'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { lockProfileShared, type SubscriptionProfile } from '../../subscription-profiles/index.ts'

export type ProfileChoiceRefusal = 'profile_not_found' | 'profile_disabled' | 'profile_not_shared'

/**
 * The profile that a subscription is to follow; null when none was asked for. It does not change before the caller
 * commits. `profile_not_shared`: it was made for another subscription.
 */
export async function chooseProfile(
  tx: Tx,
  { accountId }: Pick<CommandContext, 'accountId'>,
  id: Uuid | null,
): Promise<Decision<SubscriptionProfile | null, ProfileChoiceRefusal>> {
  if (id === null) return accepted(null)
  const profile = await lockProfileShared(tx, { accountId, id })
  if (profile === null) return refused('profile_not_found')
  if (!profile.isEnabled || profile.archivedAt !== null) return refused('profile_disabled')
  return profile.subscriptionId === null ? accepted(profile) : refused('profile_not_shared')
}
