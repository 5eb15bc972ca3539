import type { Uuid } from '@perennial/core/ids'
import { isLastOccurrenceDone, type Subscription } from '@perennial/core/subscriptions'
import type { Tx } from '../../../platform/db/index.ts'
import { listOverdueBills, listUnderWay } from '../../subscriptions/index.ts'

/**
 * Bills of overdue renewals, by subscription, of those whose profile counts them. One that is active has none, so most
 * batches ask nothing. Read anew wherever it is decided on: a renewal is paid without a change of its subscription.
 */
export async function loadOverdue(
  tx: Tx,
  accountId: Uuid,
  subscriptions: readonly Subscription[],
): Promise<ReadonlyMap<Uuid, readonly Uuid[]>> {
  const ids = subscriptions
    .filter(({ profile, status }) => profile !== null && COUNTED.includes(status))
    .map(({ id }) => id)
  if (ids.length === 0) return new Map()
  const bills = await listOverdueBills(tx, accountId, ids)
  const byId = Map.groupBy(bills, (bill) => bill.subscriptionId)
  return new Map([...byId].map(([id, own]) => [id, own.map(({ invoiceId }) => invoiceId)]))
}

/** Those that are paused with no renewal left to make, and with one whose money may still come. */
export async function loadLastUnderWay(
  tx: Tx,
  accountId: Uuid,
  subscriptions: readonly Subscription[],
): Promise<ReadonlySet<Uuid>> {
  const ids = subscriptions
    .filter((one) => one.status === 'paused' && isLastOccurrenceDone(one))
    .map(({ id }) => id)
  return new Set(ids.length === 0 ? [] : await listUnderWay(tx, accountId, ids))
}

const COUNTED: readonly string[] = ['past_due', 'paused']
