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

/** A run that found nothing to do leaves no record. */
export async function finishRun(
  tx: Tx,
  key: RunKey,
  given: { readonly done: WorkDone; readonly finishedAt: Instant },
): Promise<void> {
  const { done } = given
  if (!leavesRecord(done)) {
    await sql`delete from renewal_runs where account_id = ${key.accountId} and id = ${key.id}`.execute(
      tx,
    )
    return
  }
  await updateRun(tx, key, done)
  await sql`
    update renewal_runs set finished_at = ${given.finishedAt}
     where account_id = ${key.accountId} and id = ${key.id}`.execute(tx)
}

export async function listRuns(
  tx: Tx,
  accountId: Uuid,
  page: PageRequest,
): Promise<Pick<Page<RunRow>, 'rows' | 'hasMore'>> {
  return readRows<RunRow>(tx, {
    select: 'id, started_at, finished_at, due, renewed, failed, other, parked, parked_reasons',
    table: 'renewal_runs',
    accountId,
    filters: [],
    page,
  })
}
