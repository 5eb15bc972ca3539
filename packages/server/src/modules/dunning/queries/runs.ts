import type { DunningRun } from '@perennial/core/dunning'
import type { Uuid } from '@perennial/core/ids'
import type { RecoveryCase } from '@perennial/core/recovery'
import { formatInstant, type Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import { insertMany, updateMany, type Tx } from '../../../platform/db/index.ts'
import { toRun, toRunUpdate, type RunRow } from '../rows.ts'

/** A run for each new recovery case that is open, due at once. An open case is of a subscription (constraint). */
export async function openRuns(
  tx: Tx,
  accountId: Uuid,
  cases: readonly RecoveryCase[],
): Promise<void> {
  const rows = cases.flatMap((opened) => {
    const { id, subscriptionId, customerId, invoiceId, openedAt } = opened
    if (opened.state !== 'open' || subscriptionId === null) return []
    return [
      {
        account_id: accountId,
        id,
        subscription_id: subscriptionId,
        customer_id: customerId,
        invoice_id: invoiceId,
        started_at: openedAt,
        due_at: openedAt,
      },
    ]
  })
  await insertMany(tx, 'dunning_runs', rows)
}

/** A case that has ended, or that is open again, at that instant. */
export type FollowedCase = {
  readonly id: Uuid
  readonly state: RecoveryCase['state']
  readonly at: Instant
}

/**
 * Runs whose case has ended are due at once, to say so and to end; where it was canceled there is nothing to say. A run
 * whose case is open again, because a bank has taken the money back, begins anew.
 */
export async function followCases(
  tx: Tx,
  accountId: Uuid,
  cases: readonly FollowedCase[],
): Promise<void> {
  if (cases.length === 0) return
  await sql`
    update dunning_runs r
       set outcome = case when c.state = 'open' then null else c.state end,
           state = case when c.state = 'canceled' then 'ended' else 'open' end,
           due_at = case when c.state = 'canceled' then null else c.at end,
           ended_at = case when c.state = 'canceled' then c.at end,
           started_at = case when c.state = 'open' then c.at else r.started_at end,
           steps = case when c.state = 'open' then null else r.steps end,
           steps_done = case when c.state = 'open' then 0 else r.steps_done end,
           access = case when c.state = 'open' then 'full' else r.access end,
           mails_sent = case when c.state = 'open' then 0 else r.mails_sent end
      from unnest(${cases.map(({ id }) => id)}::uuid[], ${cases.map(({ state }) => state)}::text[],
                  ${cases.map(({ at }) => formatInstant(at))}::timestamptz[]) as c(id, state, at)
     where r.account_id = ${accountId} and r.id = c.id
       and (c.state = 'open' and r.state = 'ended' or c.state <> 'open' and r.state = 'open' and r.outcome is null)`.execute(
    tx,
  )
}

/** A bill that nobody has to pay any more, since that instant. */
export type FollowedBill = {
  readonly id: Uuid
  readonly subscriptionId: Uuid
  readonly outcome: 'recovered' | 'canceled'
  readonly at: Instant
}

/**
 * Runs whose tries were used up take their other steps for as long as their bill is owed: one that is paid makes its run
 * due at once, to say so and to end; where it was canceled there is nothing to say.
 */
export async function followBills(
  tx: Tx,
  accountId: Uuid,
  bills: readonly FollowedBill[],
): Promise<void> {
  if (bills.length === 0) return
  await sql`
    update dunning_runs r
       set outcome = b.outcome,
           state = case when b.outcome = 'canceled' then 'ended' else 'open' end,
           due_at = case when b.outcome = 'recovered' then b.at end,
           ended_at = case when b.outcome = 'canceled' then b.at end
      from unnest(${bills.map(({ id }) => id)}::uuid[], ${bills.map(({ subscriptionId }) => subscriptionId)}::uuid[],
                  ${bills.map(({ outcome }) => outcome)}::text[],
                  ${bills.map(({ at }) => formatInstant(at))}::timestamptz[]) as b(invoice_id, subscription_id, outcome, at)
     where r.account_id = ${accountId} and r.subscription_id = b.subscription_id and r.invoice_id = b.invoice_id
       and r.state = 'open' and r.outcome = 'exhausted'`.execute(tx)
}

/** Runs with a step that is due, oldest first: only found here, locked with their subscriptions. */
export async function findDueRuns(
  tx: Tx,
  accountId: Uuid,
  until: Instant,
  limit: number,
): Promise<{ readonly id: Uuid; readonly subscriptionId: Uuid }[]> {
  const { rows } = await sql<{ readonly id: Uuid; readonly subscription_id: Uuid }>`
    select id, subscription_id
      from dunning_runs
     where account_id = ${accountId} and due_at <= ${until}
     order by due_at
     limit ${limit}`.execute(tx)
  return rows.map((row) => ({ id: row.id, subscriptionId: row.subscription_id }))
}

/** Runs by their ids. The caller holds their subscriptions' locks, which cover them. */
export async function listRuns(
  tx: Tx,
  accountId: Uuid,
  ids: readonly Uuid[],
): Promise<DunningRun[]> {
  if (ids.length === 0) return []
  const { rows } = await sql<RunRow>`
    select * from dunning_runs where account_id = ${accountId} and id = any(${ids}::uuid[]) order by id`.execute(
    tx,
  )
  return rows.map(toRun)
}

/** Open runs of these subscriptions, each subscription's oldest first. */
export async function listOpenRuns(
  tx: Tx,
  accountId: Uuid,
  subscriptionIds: readonly Uuid[],
): Promise<DunningRun[]> {
  if (subscriptionIds.length === 0) return []
  const { rows } = await sql<RunRow>`
    select * from dunning_runs
     where account_id = ${accountId} and subscription_id = any(${subscriptionIds}::uuid[]) and state = 'open'
     order by id`.execute(tx)
  return rows.map(toRun)
}

/**
 * Runs of bills that these subscriptions owe still, oldest first: of those that are tried, and of those whose tries are
 * used up while the bill is open. What they have taken stays taken until it is paid.
 */
export async function listHoldingRuns(
  tx: Tx,
  accountId: Uuid,
  subscriptionIds: readonly Uuid[],
): Promise<DunningRun[]> {
  if (subscriptionIds.length === 0) return []
  const { rows } = await sql<RunRow>`
    select r.*
      from unnest(${subscriptionIds}::uuid[]) as asked (subscription_id)
      cross join lateral (
        select id, state, invoice_id from recovery_cases
         where account_id = ${accountId} and subscription_id = asked.subscription_id
        offset 0
      ) as c
      join dunning_runs r on r.account_id = ${accountId} and r.id = c.id
      join invoices i on i.account_id = ${accountId} and i.id = c.invoice_id
     where c.state in ('open', 'exhausted')
       and i.status in ('finalized', 'approved', 'sent', 'partially_paid', 'overdue')
     order by r.id`.execute(tx)
  return rows.map(toRun)
}

export async function updateRuns(
  tx: Tx,
  accountId: Uuid,
  runs: readonly DunningRun[],
): Promise<void> {
  await updateMany(
    tx,
    'dunning_runs',
    runs.map((run) => toRunUpdate(accountId, run)),
  )
}
