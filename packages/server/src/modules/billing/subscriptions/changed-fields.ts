import { isDeepStrictEqual } from 'node:util'
import { encodeId } from '@perennial/core/ids'
import { toWireMinor } from '@perennial/core/money'
import type { Subscription } from '@perennial/core/subscriptions'
import { formatInstant, formatInstantOrNull } from '@perennial/core/time'
import { cancelAtOf, toWireExtras } from '../../subscriptions/index.ts'

function profileIdOf({ profile }: Subscription): string | null {
  return profile === null ? null : encodeId('subscription_profile', profile.profileId)
}

function changedExtras(before: Subscription, after: Subscription): Record<string, unknown> {
  const [old, now] = [toWireExtras(before.extras), toWireExtras(after.extras)]
  return {
    ...(isDeepStrictEqual(old.discount_ids, now.discount_ids)
      ? {}
      : { discount_ids: old.discount_ids }),
    ...(isDeepStrictEqual(old.tax_rate_ids, now.tax_rate_ids)
      ? {}
      : { tax_rate_ids: old.tax_rate_ids }),
  }
}

/** Old values of what an update changed, in the API's words. */
export function changedFields(
  before: Subscription,
  after: Subscription,
): Readonly<Record<string, unknown>> {
  const watched = {
    status: [before.status, after.status],
    quantity: [toWireMinor(before.quantity), toWireMinor(after.quantity)],
    amount_minor: [toWireMinor(before.amountMinor), toWireMinor(after.amountMinor)],
    profile_id: [profileIdOf(before), profileIdOf(after)],
    current_period_end: [formatInstant(before.period.end), formatInstant(after.period.end)],
    trial_end: [formatInstantOrNull(before.trialEnd), formatInstantOrNull(after.trialEnd)],
    cancel_at_period_end: [before.cancelAtPeriodEnd, after.cancelAtPeriodEnd],
    cancel_at: [cancelAtOf(before), cancelAtOf(after)],
    canceled_at: [formatInstantOrNull(before.canceledAt), formatInstantOrNull(after.canceledAt)],
    pause_at_period_end: [before.pauseAtPeriodEnd, after.pauseAtPeriodEnd],
  }
  const changed = Object.entries(watched).filter(([, [old, now]]) => old !== now)
  const metadata = before.metadata === after.metadata ? {} : { metadata: before.metadata }
  const shipTo = before.shipTo === after.shipTo ? {} : { ship_to: before.shipTo }
  const extras = before.extras === after.extras ? {} : changedExtras(before, after)
  return {
    ...Object.fromEntries(changed.map(([name, [old]]) => [name, old])),
    ...metadata,
    ...shipTo,
    ...extras,
  }
}
