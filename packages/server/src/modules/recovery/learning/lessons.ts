import type { Uuid } from '@perennial/core/ids'
import type { WatchedAttempt } from '@perennial/core/recovery'
import type { Tx } from '../../../platform/db/index.ts'
import type { OutageSource } from '../queries/outages.ts'
import type { LearningTables } from './queries.ts'

/** A charge that teaches something once it is settled. */
export type TeachingCharge = { readonly id: Uuid; readonly isSettled: boolean }

/** Whose charges teach, and where it is kept: an account's own, or those of what other billers have handed over. */
export type Lessons<Charge extends TeachingCharge> = {
  readonly tables: LearningTables
  readonly source: OutageSource
  /** Oldest first by when their ids were made. */
  listAfter(
    tx: Tx,
    accountId: Uuid,
    of: { readonly after: Uuid; readonly until: Uuid; readonly limit: number },
  ): Promise<readonly Charge[]>
  listByIds(tx: Tx, accountId: Uuid, ids: readonly Uuid[]): Promise<readonly Charge[]>
  /** How charges ended, with what was known of the card within the same bill. */
  toEvidence(
    tx: Tx,
    accountId: Uuid,
    settled: readonly Charge[],
  ): Promise<readonly WatchedAttempt[]>
}
