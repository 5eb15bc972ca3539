import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import { OUTAGE_DAYS_MAX, type RecoveryCase, type SubscriptionCase } from '@perennial/core/recovery'
import { addDays, type Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import { insertMany, updateMany, type Tx } from '../../../platform/db/index.ts'
import { toCase, toCaseRow, toCaseUpdate, type CaseRow } from '../rows.ts'

export async function insertCases(
  tx: Tx,
  accountId: Uuid,
  cases: readonly RecoveryCase[],
): Promise<void> {
  await insertMany(
    tx,
    'recovery_cases',
    cases.map((recovery) => toCaseRow(accountId, recovery)),
  )
}

export async function updateCases(
  tx: Tx,
  accountId: Uuid,
  cases: readonly RecoveryCase[],
): Promise<void> {
  await updateMany(
    tx,
    'recovery_cases',
    cases.map((recovery) => toCaseUpdate(accountId, recovery)),
  )
}

/**
 * Open cases of many subscriptions. The caller holds the subscriptions' locks, which cover their cases. They are looked up
 * by nothing but their subscription: asked for those of a state too, PostgreSQL walks all that are open as long as it has
 * never counted them.
 */
export async function listOpenCases(
  tx: Tx,
  accountId: Uuid,
  subscriptionIds: readonly Uuid[],
): Promise<SubscriptionCase[]> {
  const { rows } = await sql<CaseRow>`
    select found.*
      from unnest(${subscriptionIds}::uuid[]) as asked (subscription_id)
      cross join lateral (
        select * from recovery_cases
         where account_id = ${accountId} and subscription_id = asked.subscription_id
        offset 0
      ) as found
     where found.state = 'open'
     order by found.id`.execute(tx)
  return rows.map((row) => {
    const { subscription_id: subscriptionId } = row
    assert(subscriptionId !== null, 'a case was looked up by its subscription')
    return { ...toCase(row), subscriptionId }
  })
}

export type DueCase = {
  readonly id: Uuid
  readonly subscriptionId: Uuid
  readonly invoiceId: Uuid
  readonly dueAt: Instant
}

type DueRow = {
  readonly id: Uuid
  readonly subscription_id: Uuid
  readonly invoice_id: Uuid
  readonly due_at: Instant
}

/**
 * Open cases that have something to do, oldest first: the next step of their schedule, or a try beside it. Only found
 * here, locked by the retry itself.
 */
export async function findDueCases(
  tx: Tx,
  accountId: Uuid,
  until: Instant,
  limit: number,
): Promise<DueCase[]> {
  const { rows } = await sql<DueRow>`
    select id, subscription_id, invoice_id, min(due_at) as due_at
      from ((select id, subscription_id, invoice_id, next_attempt_at as due_at
               from recovery_cases
              where account_id = ${accountId} and state = 'open' and next_attempt_at <= ${until}
              order by next_attempt_at
              limit ${limit})
            union all
            (select id, subscription_id, invoice_id, retry_now_at
               from recovery_cases
              where account_id = ${accountId} and state = 'open' and retry_now_at <= ${until}
              order by retry_now_at
              limit ${limit})) as due
     group by id, subscription_id, invoice_id
     order by 4
     limit ${limit}`.execute(tx)
  return rows.map(toDue)
}

/** Open cases whose next step is still to be planned, oldest first. Found as `findDueCases` finds its own. */
export async function findUnplannedCases(
  tx: Tx,
  accountId: Uuid,
  until: Instant,
  limit: number,
): Promise<DueCase[]> {
  const { rows } = await sql<DueRow>`
    select id, subscription_id, invoice_id, plan_at as due_at
      from recovery_cases
     where account_id = ${accountId} and state = 'open' and plan_at <= ${until}
     order by plan_at
     limit ${limit}`.execute(tx)
  return rows.map(toDue)
}

/**
 * Whether a worker has anything to do for the account's cases, and whether an outage of ours is suspected, whose end the next
 * charges may tell.
 */
export async function findDueWork(
  tx: Tx,
  accountId: Uuid,
  until: Instant,
): Promise<{ readonly isDue: boolean; readonly isInOutage: boolean }> {
  const { rows } = await sql<{ readonly isDue: boolean; readonly isInOutage: boolean }>`
    select exists (select from recovery_cases
                    where account_id = ${accountId} and state = 'open' and next_attempt_at <= ${until})
        or exists (select from recovery_cases
                    where account_id = ${accountId} and state = 'open' and plan_at <= ${until})
        or exists (select from recovery_cases
                    where account_id = ${accountId} and state = 'open' and retry_now_at <= ${until}) as "isDue",
           exists (select from recovery_outages
                    where account_id = ${accountId} and source = 'own' and ended_at is null
                      and since_at > ${addDays(until, -OUTAGE_DAYS_MAX)}) as "isInOutage"`.execute(
    tx,
  )
  return rows[0] ?? { isDue: false, isInOutage: false }
}

/** Those of these that have a try to make beside their schedule. */
export async function findExtraTries(
  tx: Tx,
  accountId: Uuid,
  until: Instant,
  limit: number,
): Promise<DueCase[]> {
  const { rows } = await sql<DueRow>`
    select id, subscription_id, invoice_id, retry_now_at as due_at
      from recovery_cases
     where account_id = ${accountId} and state = 'open' and retry_now_at <= ${until}
     order by retry_now_at
     limit ${limit}`.execute(tx)
  return rows.map(toDue)
}

function toDue(row: DueRow): DueCase {
  return {
    id: row.id,
    subscriptionId: row.subscription_id,
    invoiceId: row.invoice_id,
    dueAt: row.due_at,
  }
}

export async function findCase(tx: Tx, accountId: Uuid, id: Uuid): Promise<RecoveryCase | null> {
  const { rows } = await sql<CaseRow>`
    select * from recovery_cases where account_id = ${accountId} and id = ${id}`.execute(tx)
  return rows[0] === undefined ? null : toCase(rows[0])
}

/** The recovery of an invoice, when it is over, one way or another. */
export async function findClosedCase(
  tx: Tx,
  accountId: Uuid,
  invoiceId: Uuid,
): Promise<RecoveryCase | null> {
  const { rows } = await sql<CaseRow>`
    select * from recovery_cases
     where account_id = ${accountId} and invoice_id = ${invoiceId} and state <> 'open'`.execute(tx)
  return rows[0] === undefined ? null : toCase(rows[0])
}

/** Which of these invoices had a recovery that is over, one way or another. */
export async function listInvoicesWithClosedCase(
  tx: Tx,
  accountId: Uuid,
  invoiceIds: readonly Uuid[],
): Promise<ReadonlySet<Uuid>> {
  if (invoiceIds.length === 0) return new Set()
  const { rows } = await sql<{ readonly invoice_id: Uuid }>`
    select invoice_id from recovery_cases
     where account_id = ${accountId} and invoice_id = any(${invoiceIds}::uuid[]) and state <> 'open'`.execute(
    tx,
  )
  return new Set(rows.map((row) => row.invoice_id))
}

/** Cases by their ids, open or not. The caller holds their subscriptions' locks, which cover them. */
export async function listCases(
  tx: Tx,
  accountId: Uuid,
  ids: readonly Uuid[],
): Promise<RecoveryCase[]> {
  if (ids.length === 0) return []
  const { rows } = await sql<CaseRow>`
    select * from recovery_cases where account_id = ${accountId} and id = any(${ids}::uuid[]) order by id`.execute(
    tx,
  )
  return rows.map(toCase)
}
