import { toUnixSeconds } from '@perennial/core/time'
import type { FaceSalvage } from '../queries/salvages.ts'
import { toMajor } from '../wire/amounts.ts'
import { codeOrNull, toCode } from '../wire/codes.ts'

export function showSalvage(salvage: FaceSalvage) {
  const { currency, kind, renewalId, saleId, subscriptionId } = salvage
  const isRenewal = kind === 'automatic' || kind === 'manual'
  return {
    id: toCode(salvage.id),
    created_date_unix: toUnixSeconds(salvage.createdAt),
    source_type: isRenewal ? 'subscription_renewal' : kind === 'trial_end' ? 'trial' : 'sale',
    // A trial is a face of its subscription, with its id.
    source_id: codeOrNull((isRenewal ? renewalId : saleId) ?? subscriptionId),
    customer: toCode(salvage.customerId),
    subscription: codeOrNull(subscriptionId),
    gateway: codeOrNull(salvage.gatewayId),
    iso_currency: currency,
    amount_original: toMajor(salvage.amountMinor, currency),
    amount_remaining: toMajor(salvage.remainingMinor, currency),
    attempt_count: salvage.attempts,
    status: salvage.status,
    decline_code: salvage.declineCode,
  }
}
