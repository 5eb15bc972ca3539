import type { Renewal, SubscriptionMethod } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import type { Subscription, SubscriptionItem } from '@perennial/core/subscriptions'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import { insertMany, rowsOf, updateMany, type Tx } from '../../platform/db/index.ts'
import {
  readChoicesPage,
  readPage,
  type Page,
  type PageRequest,
} from '../../platform/lists/index.ts'
import { findPriceTerms } from '../catalog/index.ts'
import {
  toItem,
  toItemRow,
  toRenewalRow,
  toSubscription,
  toSubscriptionRow,
  toSubscriptionUpdate,
  toTermsUpdate,
  type ItemRow,
  type SubscriptionRow,
} from './rows.ts'

export async function insertSubscriptions(
  tx: Tx,
  accountId: Uuid,
  list: readonly Subscription[],
): Promise<void> {
  await insertMany(
    tx,
    'subscriptions',
    rowsOf(list, (subscription) => toSubscriptionRow(accountId, subscription)),
  )
}

export async function updateSubscriptions(
  tx: Tx,
  accountId: Uuid,
  list: readonly Subscription[],
): Promise<void> {
  await updateMany(
    tx,
    'subscriptions',
    rowsOf(list, (subscription) => toSubscriptionUpdate(accountId, subscription)),
  )
}

export async function updateTerms(
  tx: Tx,
  accountId: Uuid,
  list: readonly Subscription[],
): Promise<void> {
  await updateMany(
    tx,
    'subscriptions',
    list.map((subscription) => toTermsUpdate(accountId, subscription)),
  )
}

export async function insertItems(
  tx: Tx,
  accountId: Uuid,
  items: readonly SubscriptionItem[],
): Promise<void> {
  await insertMany(
    tx,
    'subscription_items',
    items.map((item) => toItemRow(accountId, item)),
  )
}

export async function updateItems(
  tx: Tx,
  accountId: Uuid,
  items: readonly SubscriptionItem[],
): Promise<void> {
  await updateMany(
    tx,
    'subscription_items',
    items.map((item) => toItemRow(accountId, item)),
  )
}

export async function insertMethods(
  tx: Tx,
  accountId: Uuid,
  methods: readonly SubscriptionMethod[],
): Promise<void> {
  const rows = methods.map((method) => ({
    account_id: accountId,
    subscription_id: method.subscriptionId,
    priority: method.priority,
    payment_method_id: method.paymentMethodId,
    tax_minor: method.taxMinor ?? 0n,
  }))
  await insertMany(tx, 'subscription_payment_methods', rows)
}

/** The methods of one subscription for another. */
export async function copyMethods(
  tx: Tx,
  accountId: Uuid,
  { fromId, toId }: { readonly fromId: Uuid; readonly toId: Uuid },
): Promise<void> {
  await sql`
    insert into subscription_payment_methods (account_id, subscription_id, priority, payment_method_id)
    select account_id, ${toId}, priority, payment_method_id from subscription_payment_methods
     where account_id = ${accountId} and subscription_id = ${fromId}`.execute(tx)
}

export async function insertRenewals(
  tx: Tx,
  accountId: Uuid,
  renewals: readonly Renewal[],
  runId: Uuid | null,
): Promise<void> {
  await insertMany(
    tx,
    'renewals',
    rowsOf(renewals, (renewal) => toRenewalRow(accountId, renewal, runId)),
  )
}

export async function updateRenewalStatus(
  tx: Tx,
  accountId: Uuid,
  renewals: readonly Pick<Renewal, 'id' | 'status'>[],
): Promise<void> {
  await updateMany(
    tx,
    'renewals',
    rowsOf(renewals, (renewal) => ({
      account_id: accountId,
      id: renewal.id,
      status: renewal.status,
    })),
  )
}

/** Renewals whose bill bears another tax. */
export async function updateRenewalAmounts(
  tx: Tx,
  accountId: Uuid,
  renewals: readonly Pick<Renewal, 'id' | 'amountMinor'>[],
): Promise<void> {
  await updateMany(
    tx,
    'renewals',
    renewals.map(({ id, amountMinor }) => ({
      account_id: accountId,
      id,
      amount_minor: amountMinor,
    })),
  )
}

export type RenewalOfInvoice = Pick<Renewal, 'id' | 'kind' | 'cycle' | 'status'> & {
  readonly invoiceId: Uuid
}

/** A renewal with the bill it has; null when the account has no such renewal. */
export async function findRenewal(
  tx: Tx,
  accountId: Uuid,
  id: Uuid,
): Promise<{ readonly id: Uuid; readonly invoiceId: Uuid | null } | null> {
  const { rows } = await sql<{ readonly id: Uuid; readonly invoiceId: Uuid | null }>`
    select id, invoice_id as "invoiceId" from renewals
     where account_id = ${accountId} and id = ${id}`.execute(tx)
  return rows[0] ?? null
}

export async function listRenewalsOfInvoices(
  tx: Tx,
  accountId: Uuid,
  invoiceIds: readonly Uuid[],
): Promise<RenewalOfInvoice[]> {
  const { rows } = await sql<RenewalOfInvoice>`
    select id, kind, cycle, status, invoice_id as "invoiceId" from renewals
     where account_id = ${accountId} and invoice_id = any(${invoiceIds}::uuid[])`.execute(tx)
  return rows
}

/** The bills of overdue renewals of these subscriptions, oldest renewal first. */
export async function listOverdueBills(
  tx: Tx,
  accountId: Uuid,
  subscriptionIds: readonly Uuid[],
): Promise<{ readonly subscriptionId: Uuid; readonly invoiceId: Uuid }[]> {
  const { rows } = await sql<{ readonly subscriptionId: Uuid; readonly invoiceId: Uuid }>`
    select subscription_id as "subscriptionId", invoice_id as "invoiceId" from renewals
     where account_id = ${accountId} and subscription_id = any(${subscriptionIds}::uuid[])
       and status in ('overdue', 'partially_paid') and invoice_id is not null
     order by subscription_id, renewal_at`.execute(tx)
  return rows
}

/** Which of these subscriptions have a renewal that is neither paid nor overdue. */
export async function listUnderWay(
  tx: Tx,
  accountId: Uuid,
  subscriptionIds: readonly Uuid[],
): Promise<Uuid[]> {
  const { rows } = await sql<{ readonly id: Uuid }>`
    select distinct subscription_id as id from renewals
     where account_id = ${accountId} and subscription_id = any(${subscriptionIds}::uuid[])
       and status = 'processing'`.execute(tx)
  return rows.map(({ id }) => id)
}

/** Where a claim stopped: everything due up to here has been looked at. */
export type DuePlace = { readonly dueAt: Instant; readonly id: Uuid }

/**
 * Subscriptions that are due by `until`, oldest first, behind a place or from the first on, locked; what another worker
 * holds is passed over. Parked ones are not found until someone retries them.
 */
export async function claimDueSubscriptions(
  tx: Tx,
  due: { readonly accountId: Uuid; readonly until: Instant; readonly limit: number },
  after: DuePlace | null,
): Promise<Subscription[]> {
  const isBehind =
    after === null ? sql`` : sql`and (next_due_at, id) > (${after.dueAt}, ${after.id})`
  const { rows } = await sql<SubscriptionRow>`
    select * from subscriptions
     where account_id = ${due.accountId} and next_due_at <= ${due.until} and parked_at is null
       ${isBehind}
     order by next_due_at, id
     limit ${due.limit}
       for update skip locked`.execute(tx)
  return rows.map(toSubscription)
}

/** Locks subscriptions in the order of their ids. `skipLocked` leaves out what another worker holds. */
export async function lockSubscriptions(
  tx: Tx,
  accountId: Uuid,
  ids: readonly Uuid[],
  options: { readonly skipLocked: boolean } = { skipLocked: false },
): Promise<Subscription[]> {
  const { rows } = await sql<SubscriptionRow>`
    select * from subscriptions
     where account_id = ${accountId} and id = any(${ids}::uuid[])
     order by id
       for update ${sql.raw(options.skipLocked ? 'skip locked' : '')}`.execute(tx)
  return rows.map(toSubscription)
}

export async function findSubscription(
  tx: Tx,
  accountId: Uuid,
  id: Uuid,
): Promise<Subscription | null> {
  const { rows } = await sql<SubscriptionRow>`
    select * from subscriptions where account_id = ${accountId} and id = ${id}`.execute(tx)
  return rows[0] === undefined ? null : toSubscription(rows[0])
}

export async function findSubscriptions(
  tx: Tx,
  accountId: Uuid,
  ids: readonly Uuid[],
): Promise<Subscription[]> {
  const { rows } = await sql<SubscriptionRow>`
    select * from subscriptions where account_id = ${accountId} and id = any(${ids}::uuid[])`.execute(
    tx,
  )
  return rows.map(toSubscription)
}

/** Replacements in a row that are followed from one subscription. */
const SUCCESSORS_MAX = 1_000

/** These subscriptions, and all that have taken over from them since. */
export async function listWithSuccessors(
  tx: Tx,
  accountId: Uuid,
  ids: readonly Uuid[],
): Promise<Uuid[]> {
  if (ids.length === 0) return []
  const { rows } = await sql<{ readonly id: Uuid }>`
    with recursive going as (
           select id, replaced_by_id, 0 as depth from subscriptions
            where account_id = ${accountId} and id = any(${ids}::uuid[])
           union all
           select s.id, s.replaced_by_id, g.depth + 1
             from going g
             join subscriptions s on s.account_id = ${accountId} and s.id = g.replaced_by_id
            where g.depth < ${SUCCESSORS_MAX})
    select distinct id from going`.execute(tx)
  return rows.map(({ id }) => id)
}

/** Items of many subscriptions with the terms they are priced by, each subscription's in order. */
export async function listItems(
  tx: Tx,
  accountId: Uuid,
  subscriptionIds: readonly Uuid[],
): Promise<SubscriptionItem[]> {
  const { rows } = await sql<ItemRow>`
    select * from subscription_items
     where account_id = ${accountId} and subscription_id = any(${subscriptionIds}::uuid[]) and removed_at is null
     order by subscription_id, position`.execute(tx)
  const priceIds = [
    ...new Set(rows.flatMap((row) => (row.price_id === null ? [] : [row.price_id]))),
  ]
  const terms = await findPriceTerms(tx, accountId, priceIds)
  return rows.map((row) =>
    toItem(row, row.price_id === null ? null : (terms.get(row.price_id) ?? null)),
  )
}

export type SubscriptionFilter = {
  readonly statuses: readonly string[] | null
  readonly customerId: Uuid | null
}

export async function listSubscriptions(
  tx: Tx,
  accountId: Uuid,
  filter: SubscriptionFilter,
  page: PageRequest,
): Promise<Page<Subscription>> {
  const found = await readSubscriptions(tx, { accountId, filter, page })
  return { ...found, rows: found.rows.map(toSubscription) }
}

/** A customer's are few; a status is read as a list of its own, because its rows may be rare. */
async function readSubscriptions(
  tx: Tx,
  list: {
    readonly accountId: Uuid
    readonly filter: SubscriptionFilter
    readonly page: PageRequest
  },
): Promise<Page<SubscriptionRow>> {
  const { accountId, filter, page } = list
  const { statuses, customerId } = filter
  const base = { select: '*', table: 'subscriptions', accountId, page } as const
  if (customerId !== null) {
    const isOne = statuses === null ? [] : [sql`status = any(${statuses}::text[])`]
    return readPage(tx, { ...base, filters: [sql`customer_id = ${customerId}`, ...isOne] })
  }
  if (statuses === null) return readPage(tx, { ...base, filters: [] })
  const choices = { columns: ['status'], combinations: statuses.map((status) => [status]) }
  return readChoicesPage(tx, { ...base, filters: [], choices })
}

/** Sets a subscription aside whose decision or write failed, so that it stops nobody else. */
export async function parkSubscription(
  tx: Tx,
  accountId: Uuid,
  parked: {
    readonly id: Uuid
    readonly at: Instant
    readonly reason: string
    /** Only if it is still due by then. */
    readonly dueBy?: Instant
  },
): Promise<void> {
  const stillDue = parked.dueBy === undefined ? sql`true` : sql`next_due_at <= ${parked.dueBy}`
  await sql`
    update subscriptions set parked_at = ${parked.at}, parked_reason = ${parked.reason}
     where account_id = ${accountId} and id = ${parked.id} and ${stillDue}`.execute(tx)
}

/** Lets parked subscriptions be claimed again; returns how many there were. */
export async function unparkSubscriptions(
  tx: Tx,
  accountId: Uuid,
  ids: readonly Uuid[] | null,
): Promise<number> {
  const which = ids === null ? sql`true` : sql`id = any(${ids}::uuid[])`
  const result = await sql`
    update subscriptions set parked_at = null, parked_reason = null
     where account_id = ${accountId} and parked_at is not null and ${which}`.execute(tx)
  return Number(result.numAffectedRows ?? 0n)
}

export type ParkedSubscription = {
  readonly id: Uuid
  readonly parkedAt: Instant
  readonly reason: string
}

export async function listParked(
  tx: Tx,
  accountId: Uuid,
  limit: number,
): Promise<ParkedSubscription[]> {
  const { rows } = await sql<ParkedSubscription>`
    select id, parked_at as "parkedAt", parked_reason as reason from subscriptions
     where account_id = ${accountId} and parked_at is not null
     order by id limit ${limit}`.execute(tx)
  return rows
}

/** Ids of a customer's subscriptions that have not ended. */
export async function listRunningSubscriptionIds(
  tx: Tx,
  accountId: Uuid,
  customerId: Uuid,
): Promise<Uuid[]> {
  const { rows } = await sql<{ readonly id: Uuid }>`
    select id from subscriptions
     where account_id = ${accountId} and customer_id = ${customerId}
       and status not in ('incomplete_expired', 'canceled', 'expired')
     order by id`.execute(tx)
  return rows.map((row) => row.id)
}
