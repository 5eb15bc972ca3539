import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { type Kysely, sql } from 'kysely'
import type { DB, Tx } from '../../../../platform/db/index.ts'
import { readRows, type Page, type PageRequest } from '../../../../platform/lists/index.ts'
import type { RunRow } from '../run-schemas.ts'
import { leavesRecord, type WorkDone } from '../../work/work-done.ts'

type RunKey = { readonly accountId: Uuid; readonly id: Uuid }

export async function startRun(db: Kysely<DB>, key: RunKey, at: Instant): Promise<void> {
  await sql`insert into renewal_runs (account_id, id, started_at) values (${key.accountId}, ${key.id}, ${at})`.execute(
    db,
  )
}

/** Reasons kept of one run; the subscriptions themselves keep all of them. */
const REASONS_MAX = 100

export async function updateRun(tx: Tx, key: RunKey, done: WorkDone): Promise<void> {
  const reasons = JSON.stringify(done.parked.slice(0, REASONS_MAX))
  await sql`
    update renewal_runs
       set due = ${done.due}, renewed = ${done.renewed}, failed = ${done.failed},
           other = ${done.due - done.renewed - done.parked.length}, parked = ${done.parked.length},
           parked_reasons = ${reasons}::jsonb
     where account_id = ${key.accountId} and id = ${key.id}`.execute(tx)
}

/** How much is kept of the text of a fault. */
const FAULT_LENGTH_MAX = 500

/**
 * A run that found nothing to do leaves no record. One that came to nothing because of a fault moves on the record of the run before it, if
 * that came to nothing so too: work that faults is tried each second.
 */
export async function finishRun(
  tx: Tx,
  key: RunKey,
  given: {
    readonly done: WorkDone
    /** What stopped a kind of work; null = nothing did. */
    readonly fault: string | null
    readonly finishedAt: Instant
  },
): Promise<void> {
  const { done, finishedAt } = given
  const fault = given.fault?.slice(0, FAULT_LENGTH_MAX) ?? null
  if (!leavesRecord(done) && (fault === null || (await moveOn(tx, key, { fault, finishedAt })))) {
    await sql`delete from renewal_runs where account_id = ${key.accountId} and id = ${key.id}`.execute(
      tx,
    )
    return
  }
  await updateRun(tx, key, done)
  await sql`
    update renewal_runs set finished_at = ${finishedAt}, fault = ${fault}
     where account_id = ${key.accountId} and id = ${key.id}`.execute(tx)
}

/** Whether the run before came to nothing because of a fault; its record lasts until now, then, and tells this one. */
async function moveOn(
  tx: Tx,
  key: RunKey,
  { fault, finishedAt }: { readonly fault: string; readonly finishedAt: Instant },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update renewal_runs set finished_at = ${finishedAt}, fault = ${fault}
     where account_id = ${key.accountId} and fault is not null and due = 0
       and id = (select id from renewal_runs
                  where account_id = ${key.accountId} and id < ${key.id} order by id desc limit 1)`.execute(
    tx,
  )
  return numAffectedRows === 1n
}

export async function listRuns(
  tx: Tx,
  accountId: Uuid,
  page: PageRequest,
): Promise<Pick<Page<RunRow>, 'rows' | 'hasMore'>> {
  return readRows<RunRow>(tx, {
    select:
      'id, started_at, finished_at, due, renewed, failed, other, parked, parked_reasons, fault',
    table: 'renewal_runs',
    accountId,
    filters: [],
    page,
  })
}
