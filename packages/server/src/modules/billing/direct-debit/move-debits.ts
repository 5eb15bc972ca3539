import type { Mandate } from '@perennial/core/payments'
import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import { recordEvents } from '../../../platform/outbox/index.ts'
import {
  moveCollections,
  toCollectionEvent,
  type CollectionRow,
} from '../../payments/mandates/index.ts'
import { contextOf, type BillingDeps, type BillingScope } from '../scope.ts'
import { queueNotices } from './queue-notices.ts'

/** A debit whose next step is due, and the instant that the step counts for. */
export type DueDebit = {
  readonly row: CollectionRow
  readonly mandate: Mandate
  readonly at: Instant
}

export type DebitMove = DueDebit & {
  readonly change: Pick<CollectionRow, 'status' | 'due_at'> & Partial<CollectionRow>
}

/** What a debit's new state tells; its money counts as settled once no bank can refuse it any more. */
const EVENTS = {
  notified: ['collection.notice_sent'],
  succeeded: ['collection.succeeded', 'settlement.created'],
  failed: ['collection.failed'],
  cancelled: ['collection.cancelled'],
} as const

/**
 * Moves debits on, with their events and the mails to those who are told; one that another worker has moved meanwhile is
 * left to it. Returns which were moved.
 */
export async function moveDebits(
  deps: BillingDeps,
  scope: BillingScope,
  { tx, moves }: { readonly tx: Tx; readonly moves: readonly DebitMove[] },
): Promise<ReadonlySet<Uuid>> {
  if (moves.length === 0) return NONE
  const wanted = moves.map(({ change, ...debit }) => ({ ...debit, next: nextOf(debit, change) }))
  const seen = wanted.map(({ row, next }) => ({ seen: row, next }))
  const moved = await moveCollections(tx, scope.accountId, seen)
  const told = wanted.flatMap(({ row, next, mandate, at }) => {
    const { status } = next
    // What is put off was told before.
    const isSilent = status === row.status || status === 'scheduled' || status === 'submitted'
    return isSilent || !moved.has(row.id) ? [] : [{ row: next, status, mandate, at }]
  })
  const events = told.flatMap(({ row, status, mandate: { customerId }, at }) =>
    EVENTS[status].map((type) =>
      toCollectionEvent(contextOf(deps, scope, at), type, { row, customerId }),
    ),
  )
  await recordEvents(tx, events)
  const notified = told.filter(({ status }) => status === 'notified')
  await queueNotices(tx, { accountId: scope.accountId, ids: deps.ids }, notified)
  return moved
}

const NONE: ReadonlySet<Uuid> = new Set()

function nextOf({ row, at }: DueDebit, change: DebitMove['change']): CollectionRow {
  return { ...row, ...change, updated_at: at }
}
