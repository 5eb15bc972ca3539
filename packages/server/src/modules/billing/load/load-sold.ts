import type { SoldState, SubscriptionState } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import type { Tx } from '../../../platform/db/index.ts'
import { findPriceTerms } from '../../catalog/index.ts'
import { lockCustomersShared } from '../../customers/index.ts'
import { findSalesOfInvoices, type SaleWithLines } from '../../sales/index.ts'
import { lockProfilesShared } from '../../subscription-profiles/index.ts'
import { listWithSuccessors } from '../../subscriptions/index.ts'
import { recoveryPolicyOf, type BillingScope } from '../scope.ts'

/**
 * The sales that these invoices are of, by invoice, with all that their subscriptions begin with. Customers are held, so that
 * none is deleted meanwhile, and profiles, so that what follows them begins with their present terms: ask before locking subscriptions and invoices. A batch without
 * sales reads one statement more, one without bills beside subscriptions none.
 */
export async function loadSold(
  tx: Tx,
  scope: Pick<BillingScope, 'accountId' | 'account'>,
  invoiceIds: readonly Uuid[],
): Promise<ReadonlyMap<Uuid, SoldState>> {
  const sales = await findSalesOfInvoices(tx, scope.accountId, invoiceIds)
  if (sales.size === 0) return new Map()
  const customerIds = [...sales.values()].map(({ sale }) => sale.customerId)
  const buyers = await lockCustomersShared(tx, scope.accountId, [...new Set(customerIds)])
  const begun = [...sales.values()].flatMap(({ lines }) => lines)
  const profileIds = begun.flatMap(({ begins, profileId }) =>
    begins === null ? [] : (profileId ?? []),
  )
  const priceIds = begun.flatMap(({ begins, priceId }) => (begins === null ? [] : (priceId ?? [])))
  const [profiles, priceTerms] = await Promise.all([
    lockProfilesShared(tx, scope.accountId, [...new Set(profileIds)]),
    findPriceTerms(tx, scope.accountId, [...new Set(priceIds)]),
  ])
  const known = { profiles: new Map(profiles.map((one) => [one.id, one])), priceTerms }
  return new Map(
    [...sales].map(([id, found]) => {
      const isBuyerGone = !buyers.has(found.sale.customerId)
      return [id, toSold(scope, found, { ...known, isBuyerGone })]
    }),
  )
}

/** A sale with what the account and the catalogue say of it. */
export function toSold(
  { account }: Pick<BillingScope, 'account'>,
  { sale, lines }: SaleWithLines,
  known: Pick<SoldState, 'profiles' | 'priceTerms' | 'isBuyerGone'>,
): SoldState {
  return {
    sale,
    lines,
    zone: account.timezone,
    daysUntilDue: account.settings.defaultDueDays,
    policy: recoveryPolicyOf(account),
    ...known,
  }
}

/** Sales as they are once their invoices are locked: whoever held one before may have concluded it. */
export async function refreshSold(
  tx: Tx,
  accountId: Uuid,
  sold: ReadonlyMap<Uuid, SoldState>,
): Promise<ReadonlyMap<Uuid, SoldState>> {
  const now = await findSalesOfInvoices(tx, accountId, [...sold.keys()])
  return new Map([...sold].map(([id, state]) => [id, { ...state, ...now.get(id) }]))
}

/**
 * Subscriptions that stand still where the money of these sales goes back, and go on where it comes again: to be locked
 * with the others of a batch.
 */
export function listBegun(
  tx: Tx,
  accountId: Uuid,
  sold: ReadonlyMap<Uuid, SoldState>,
): Promise<Uuid[]> {
  return listWithSuccessors(tx, accountId, [...sold.values()].flatMap(paidLines))
}

/** A trial costs nothing: what began with one goes on. */
function paidLines({ lines }: SoldState): readonly Uuid[] {
  return lines.flatMap(({ begins, subscriptionId }) =>
    begins === null || begins.trialDays > 0 ? [] : (subscriptionId ?? []),
  )
}

/** A sale with what it has begun, as far as that is at hand. */
export function withBegun(
  sold: SoldState,
  states: ReadonlyMap<Uuid, SubscriptionState>,
): SoldState {
  const begun: SubscriptionState[] = []
  const ids = [...paidLines(sold)]
  for (const id of ids) {
    const state = states.get(id)
    if (state === undefined || begun.includes(state)) continue
    begun.push(state)
    const { replacedById } = state.subscription
    if (replacedById !== null) ids.push(replacedById)
  }
  return { ...sold, begun }
}
