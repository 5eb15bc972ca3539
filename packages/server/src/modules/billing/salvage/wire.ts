import type { RenewalKind } from '@perennial/core/billing'
import { encodeId, type IdKind, type Uuid } from '@perennial/core/ids'
import { toWireMinor } from '@perennial/core/money'
import { formatInstant, formatInstantOrNull } from '@perennial/core/time'
import type { SalvageSource, SalvageTransaction } from './queries.ts'

const idOrNull = (kind: IdKind, id: Uuid | null) => (id === null ? null : encodeId(kind, id))

export function toWireSalvage(salvage: SalvageTransaction) {
  const isTry = salvage.state === 'open' && salvage.waits_for === 'try'
  return {
    id: encodeId('recovery_case', salvage.id),
    object: 'salvage_transaction' as const,
    status: salvage.status,
    recovery_state: salvage.state,
    source_type: sourceOf(salvage.renewal_kind),
    customer_id: encodeId('customer', salvage.customer_id),
    subscription_id: idOrNull('subscription', salvage.subscription_id),
    sale_id: idOrNull('sale', salvage.sale_id),
    renewal_id: idOrNull('renewal', salvage.renewal_id),
    invoice_id: encodeId('invoice', salvage.invoice_id),
    gateway_id: idOrNull('gateway', salvage.gateway_id),
    currency: salvage.currency,
    amount_minor: toWireMinor(salvage.amount_minor),
    amount_remaining_minor: toWireMinor(salvage.remaining_minor),
    attempts: salvage.attempts,
    first_decline_code: salvage.first_decline_code,
    last_decline_code: salvage.last_decline_code,
    next_attempt_at: formatInstantOrNull(isTry ? salvage.next_attempt_at : bySaleProfile(salvage)),
    created_at: formatInstant(salvage.opened_at),
    closed_at: formatInstantOrNull(salvage.closed_at),
  }
}

/** What is left of a sale has no other schedule. */
function bySaleProfile({ status, salvage_at }: SalvageTransaction) {
  return status === 'ready' ? salvage_at : null
}

/** A bill beside the renewals is a sale. */
export function sourceOf(kind: RenewalKind | null): SalvageSource {
  switch (kind) {
    case 'initial':
    case null:
      return 'sale'
    case 'trial_end':
      return 'trial'
    case 'automatic':
    case 'manual':
      return 'subscription_renewal'
  }
}
