import { assertNever } from '@perennial/core/fault'
import { encodeId } from '@perennial/core/ids'
import { formatInstant, formatInstantOrNull, type Frequency } from '@perennial/core/time'
import { toWireChoice } from '../../platform/settings/index.ts'
import type { JsonObject } from '../../platform/wire/index.ts'
import type { SubscriptionProfile } from './profile.ts'

/** A frequency as the API shows and takes it. */
export function toWireFrequency(frequency: Frequency) {
  switch (frequency.kind) {
    case 'unit':
      return { kind: 'unit', unit: frequency.unit, count: frequency.count }
    case 'calendar': {
      const { nth, unit, parentUnit } = frequency
      return { kind: 'calendar', nth, unit, parent_unit: parentUnit }
    }
    case 'fiscal': {
      const { period, nth } = frequency
      return period === 'standard' ? { kind: 'fiscal', period } : { kind: 'fiscal', period, nth }
    }
    default:
      return assertNever(frequency)
  }
}

export function toWireProfile(profile: SubscriptionProfile) {
  const { paymentProfileId, shippingProfileId, salvageProfileId, subscriptionId, archivedAt } =
    profile
  return {
    id: encodeId('subscription_profile', profile.id),
    object: 'subscription_profile' as const,
    name: profile.name,
    description: profile.description,
    enabled: profile.isEnabled,
    frequency: toWireFrequency(profile.frequency) as JsonObject,
    occurrences: profile.occurrences,
    overdue_limit: profile.overdueLimit,
    retry_failed_renewals: profile.retriesFailed,
    payment_profile_id:
      paymentProfileId === null ? null : encodeId('payment_profile', paymentProfileId),
    shipping_profile_id:
      shippingProfileId === null ? null : encodeId('shipping_profile', shippingProfileId),
    prefer_last_success_gateway: profile.prefersLastSuccessGateway,
    salvage_profile_id:
      salvageProfileId === null ? null : encodeId('salvage_profile', salvageProfileId),
    recovery: profile.recovery === null ? null : toWireChoice(profile.recovery),
    subscription_id: subscriptionId === null ? null : encodeId('subscription', subscriptionId),
    version: profile.version,
    archived_at: formatInstantOrNull(archivedAt),
    created_at: formatInstant(profile.createdAt),
    updated_at: formatInstant(profile.updatedAt),
  }
}
