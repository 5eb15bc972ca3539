import type { DunningRun } from '@perennial/core/dunning'
import type { Uuid } from '@perennial/core/ids'

/** Of each subscription the run of the payment that failed first: it is the furthest. */
export function oldestRuns(runs: readonly DunningRun[]): ReadonlyMap<Uuid, DunningRun> {
  return new Map(runs.toReversed().map((run) => [run.subscriptionId, run]))
}
