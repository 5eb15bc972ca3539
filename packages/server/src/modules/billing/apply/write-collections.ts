import type { NewCollection } from '@perennial/core/payments'
import type { Uuid } from '@perennial/core/ids'
import type { Tx } from '../../../platform/db/index.ts'
import { recordEvents } from '../../../platform/outbox/index.ts'
import {
  insertAnnounced,
  toCollectionEvent,
  toCollectionRow,
} from '../../payments/mandates/index.ts'
import type { BillingScope } from '../scope.ts'

/** Debits that bills ask for, each with its event. One that is planned for its bill already stays as it is. */
export async function writeCollections(
  tx: Tx,
  scope: BillingScope,
  given: { readonly collections: readonly NewCollection[]; readonly nextId: () => Uuid },
): Promise<void> {
  const { collections, nextId } = given
  if (collections.length === 0) return
  const { accountId, request } = scope
  const rows = collections.map((each) => toCollectionRow(accountId, each))
  const written = await insertAnnounced(tx, rows)
  const customerOf = new Map(collections.map(({ id, customerId }) => [id, customerId]))
  await recordEvents(
    tx,
    rows.flatMap((row) => {
      const customerId = customerOf.get(row.id)
      if (customerId === undefined || !written.has(row.id)) return []
      const source = { accountId, request, now: row.created_at, ids: { next: nextId } }
      return [toCollectionEvent(source, 'collection.scheduled', { row, customerId })]
    }),
  )
}
