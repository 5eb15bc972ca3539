import type { BillRouting } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import type { Subscription } from '@perennial/core/subscriptions'
import type { Instant } from '@perennial/core/time'
import type { Tx } from '../../platform/db/index.ts'
import { loadRouting, type RouteSubject } from '../routing/index.ts'
import type { BillingScope } from './scope.ts'

/** How the charges of these subscriptions are routed, by id; empty where the account has set nothing up. */
export function loadBillRouting(
  tx: Tx,
  scope: BillingScope,
  of: { readonly subscriptions: readonly Subscription[]; readonly at: Instant },
): Promise<ReadonlyMap<Uuid, BillRouting>> {
  const subjects = of.subscriptions.map(({ id, customerId }) => ({
    key: id,
    subscriptionId: id,
    customerId,
    paymentMethodId: null,
  }))
  return loadRoutingOf(tx, scope, { subjects, at: of.at })
}

/** The same for whoever is charged, by the key that the caller gives each. */
export function loadRoutingOf(
  tx: Tx,
  { accountId, account }: Pick<BillingScope, 'accountId' | 'account'>,
  of: { readonly subjects: readonly RouteSubject[]; readonly at: Instant },
): Promise<ReadonlyMap<Uuid, BillRouting>> {
  const { defaultPaymentProfileId: defaultProfileId } = account.settings
  const question = { accountId, at: of.at, defaultProfileId, draw: Math.random }
  return loadRouting(tx, question, of.subjects)
}
