import { toUnixSeconds } from '@perennial/core/time'
import type { FaceProfile } from '../queries/profiles.ts'
import { codeOrNull, toCode } from '../wire/codes.ts'
import { showFrequency } from '../wire/profile-schemas.ts'

export function showProfile(profile: FaceProfile) {
  return {
    id: toCode(profile.id),
    created_date_unix: toUnixSeconds(profile.createdAt),
    name: profile.name,
    description: profile.description,
    enabled: profile.isEnabled,
    ...showFrequency(profile.frequency),
    occurrences_unlimited: profile.occurrences === null,
    occurrences: profile.occurrences,
    overdue_limit: profile.overdueLimit,
    payment_profile: codeOrNull(profile.paymentProfileId),
    prefer_last_success_gateway: profile.prefersLastSuccess,
    shipping_profile: codeOrNull(profile.shippingProfileId),
    subscription_specific: profile.subscriptionId !== null,
    subscription: codeOrNull(profile.subscriptionId),
  }
}
