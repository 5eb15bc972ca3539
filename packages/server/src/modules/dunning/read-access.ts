import { accessOf, type Access, type DunningRun } from '@perennial/core/dunning'
import type { Uuid } from '@perennial/core/ids'
import type { Subscription } from '@perennial/core/subscriptions'
import type { Tx } from '../../platform/db/index.ts'
import { listOpenRuns } from './queries/runs.ts'

/**
 * What these subscriptions entitle their customers to now, by id. This is the one place that entitlements ask. Most
 * accounts have few that are past due: only these are looked up.
 */
export async function readAccess(
  tx: Tx,
  accountId: Uuid,
  subscriptions: readonly Pick<Subscription, 'id' | 'status'>[],
): Promise<ReadonlyMap<Uuid, Access>> {
  const pastDue = subscriptions.filter(({ status }) => status === 'past_due')
  const runs = await listOpenRuns(
    tx,
    accountId,
    pastDue.map(({ id }) => id),
  )
  const oldest = oldestRuns(runs)
  return new Map(
    subscriptions.map(({ id, status }) => [id, accessOf(status, oldest.get(id)?.access ?? 'full')]),
  )
}

/** Of each subscription the run of the payment that failed first: it is the furthest. */
export function oldestRuns(runs: readonly DunningRun[]): ReadonlyMap<Uuid, DunningRun> {
  return new Map(runs.toReversed().map((run) => [run.subscriptionId, run]))
}
