import type { BillRouting } from '@perennial/core/routing'
import type { BillExtras, SubscriptionState, UnpaidStart } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import { isOpen } from '@perennial/core/invoices'
import type { Subscription } from '@perennial/core/subscriptions'
import type { Instant } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import { given } from '../../../platform/wire/index.ts'
import {
  listInvoiceLines,
  lockBalances,
  lockInvoices,
  type CustomerBalance,
} from '../../invoices/index.ts'
import { listLivePayments, listRoutes } from '../../payments/index.ts'
import { listOpenCases } from '../../recovery/index.ts'
import { listItems, listRenewalsOfInvoices } from '../../subscriptions/index.ts'
import { lockWatchedCards } from './guarded-cards.ts'
import { loadExtras } from '../extras/load-extras.ts'
import { loadBillRouting } from './load-bill-routing.ts'
import { loadRecycling } from '../recycling/load-recycling.ts'
import { loadLastUnderWay, loadOverdue } from './load-overdue.ts'
import { recoveryPolicyOf, type BillingScope } from '../scope.ts'

/**
 * Everything that decisions about these subscriptions need, a set at a time. The subscriptions are locked.
 * Settling an answer plans no new charge: without `withRoutes` no subscription has a way to be charged. Whoever plans
 * charges says at which instant, so that they are routed; whoever makes new `bills`, so that their extras are known.
 */
export async function loadStates(
  tx: Tx,
  scope: BillingScope,
  subscriptions: readonly Subscription[],
  {
    withRoutes,
    at,
    bills = false,
  }: { readonly withRoutes: boolean; readonly at?: Instant; readonly bills?: boolean } = {
    withRoutes: true,
  },
): Promise<SubscriptionState[]> {
  const { accountId } = scope
  const ids = subscriptions.map((subscription) => subscription.id)
  const [items, { routes, shut }, cases, unpaidStarts, balances, routings, overdue, underWay] =
    await Promise.all([
      listItems(tx, accountId, ids),
      withRoutes ? listRoutes(tx, accountId, subscriptions) : NO_ROUTES,
      listOpenCases(tx, accountId, ids),
      loadUnpaidStarts(tx, accountId, subscriptions),
      // Only a new bill uses credit.
      withRoutes
        ? lockBalances(tx, accountId, [
            ...new Set(subscriptions.map(({ customerId }) => customerId)),
          ])
        : [],
      at === undefined ? NO_ROUTING : loadBillRouting(tx, scope, { subscriptions, at }),
      loadOverdue(tx, accountId, subscriptions),
      loadLastUnderWay(tx, accountId, subscriptions),
    ])
  const cards =
    at === undefined ? undefined : await lockWatchedCards(tx, accountId, { routes, routings, at })
  const recycling = await loadRecycling(tx, scope, ids)
  const creditOf = creditsOf(balances)
  const itemsOf = Map.groupBy(items, (item) => item.subscriptionId)
  const subjects = !bills
    ? []
    : subscriptions.map((subscription) => ({
        subscription,
        items: itemsOf.get(subscription.id) ?? [],
      }))
  const extras = at === undefined ? NO_EXTRAS : await loadExtras(tx, accountId, { subjects, at })
  const routesOf = Map.groupBy(routes, (route) => route.subscriptionId)
  const shutOf = Map.groupBy(shut, (method) => method.subscriptionId)
  const casesOf = Map.groupBy(cases, (open) => open.subscriptionId)
  const policy = recoveryPolicyOf(scope.account)
  return subscriptions.map((subscription) => ({
    subscription,
    items: itemsOf.get(subscription.id) ?? [],
    routes: routesOf.get(subscription.id) ?? [],
    openCases: casesOf.get(subscription.id) ?? [],
    unpaidStart: unpaidStarts.get(subscription.id) ?? null,
    policy,
    creditMinor: creditOf(subscription),
    cards,
    ...given(
      'disabledGatewayIds',
      routesOf.has(subscription.id) ? undefined : gatewaysOf(shutOf.get(subscription.id)),
    ),
    ...given('routing', routings.get(subscription.id)),
    ...given('overdueInvoiceIds', overdue.get(subscription.id)),
    isLastUnderWay: underWay.has(subscription.id),
    ...given('recycling', recycling.get(subscription.id)),
    ...given('extras', extras.get(subscription.id)),
  }))
}

const NO_ROUTES: Awaited<ReturnType<typeof listRoutes>> = { routes: [], shut: [] }

function gatewaysOf(
  shut: readonly { readonly gatewayIds: readonly Uuid[] }[] | undefined,
): readonly Uuid[] | undefined {
  return shut === undefined ? undefined : [...new Set(shut.flatMap(({ gatewayIds }) => gatewayIds))]
}

const NO_EXTRAS: ReadonlyMap<Uuid, BillExtras> = new Map()

const NO_ROUTING: ReadonlyMap<Uuid, BillRouting> = new Map()

/** Each of several subscriptions of one customer has all of it: who bills many deals it out in turn (`creditInTurn`). */
function creditsOf(
  balances: readonly CustomerBalance[],
): (subscription: Pick<Subscription, 'customerId' | 'currency'>) => bigint {
  const held = new Map(
    balances.map((each) => [`${each.customerId} ${each.currency}`, each.balanceMinor]),
  )
  return ({ customerId, currency }) => held.get(`${customerId} ${currency}`) ?? 0n
}

/** Open first bills of those that have not begun. Most batches have none, and ask nothing. */
async function loadUnpaidStarts(
  tx: Tx,
  accountId: Uuid,
  subscriptions: readonly Subscription[],
): Promise<Map<Uuid, UnpaidStart>> {
  const invoiceIds = subscriptions
    .filter(({ status }) => status === 'pending' || status === 'incomplete')
    .flatMap(({ latestInvoiceId }) => (latestInvoiceId === null ? [] : [latestInvoiceId]))
  if (invoiceIds.length === 0) return new Map()
  const [invoices, lines, live, renewals] = await Promise.all([
    lockInvoices(tx, accountId, invoiceIds),
    listInvoiceLines(tx, accountId, invoiceIds),
    listLivePayments(tx, accountId, invoiceIds),
    listRenewalsOfInvoices(tx, accountId, invoiceIds),
  ])
  const linesOf = Map.groupBy(lines, (line) => line.invoiceId)
  const starts = new Map<Uuid, UnpaidStart>()
  for (const invoice of invoices) {
    if (invoice.subscriptionId === null || !isOpen(invoice.status)) continue
    starts.set(invoice.subscriptionId, {
      invoice,
      lines: linesOf.get(invoice.id) ?? [],
      renewalId: renewals.find((renewal) => renewal.invoiceId === invoice.id)?.id ?? null,
      chargedAt: live.get(invoice.id) ?? null,
    })
  }
  return starts
}
