import type { Fact } from '@perennial/core/billing'
import type { DunningRun } from '@perennial/core/dunning'
import type { Uuid } from '@perennial/core/ids'
import type { Tx } from '../../../platform/db/index.ts'
import { listOpenRuns, oldestRuns } from '../../dunning/index.ts'

/** How far dunning has come with the subscriptions that are told of while a payment is open; nothing is read for others. */
export async function dunningOfFacts(
  tx: Tx,
  accountId: Uuid,
  facts: readonly Fact[],
): Promise<ReadonlyMap<Uuid, DunningRun>> {
  const ids = facts.flatMap(({ subject }) =>
    subject.kind === 'subscription' &&
    subject.recovery !== null &&
    subject.subscription.status === 'past_due'
      ? [subject.subscription.id]
      : [],
  )
  return oldestRuns(await listOpenRuns(tx, accountId, [...new Set(ids)]))
}
