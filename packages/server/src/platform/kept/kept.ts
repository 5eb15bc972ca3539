import { isDeepStrictEqual } from 'node:util'
import type { IdKind, Uuid } from '@perennial/core/ids'
import type { Insertable } from 'kysely'
import { accepted, type CommandContext, type Decision, refused } from '../command/index.ts'
import type { DB, Tx } from '../db/index.ts'
import { factNumberOf, type NewEvent, recordEvents, toPreviousAttributes } from '../outbox/index.ts'
import type { JsonObject } from '../wire/index.ts'
import { insertKept, type KeptRow, type KeptTable, lockKept, updateKept } from './queries.ts'

/** One kind of thing that is kept, as the commands below treat them all. */
export type Kept<T extends KeptTable> = {
  readonly table: T
  readonly kind: IdKind
  readonly toWire: (row: KeptRow<T>) => JsonObject
  /** Throws an `ApiRefusal` that names each field that is wrong. */
  readonly check?: (tx: Tx, accountId: Uuid, row: KeptRow<T>) => Promise<void>
}

/** What a caller says of it. */
export type KeptFields<T extends KeptTable> = Partial<
  Omit<KeptRow<T>, 'account_id' | 'id' | 'version' | 'created_at' | 'updated_at'>
>

/** A unique constraint that refuses it throws: the caller knows its name. */
export async function createKept<T extends KeptTable>(
  context: CommandContext,
  kept: Kept<T>,
  /** All its columns. */
  fields: KeptFields<T>,
): Promise<KeptRow<T>> {
  const { accountId, now } = context
  const id = context.ids.next()
  const own = { account_id: accountId, id, version: 1, created_at: now, updated_at: now }
  const row = { ...fields, ...own } as unknown as KeptRow<T>
  return context.inTx(async (tx) => {
    await kept.check?.(tx, accountId, row)
    await insertKept(tx, kept.table, row as unknown as Insertable<DB[T]>)
    await recordEvents(tx, [toEvent(context, kept, { what: 'created', row })])
    await context.remember(tx, kept.kind, id)
    return row
  })
}

/** A change that changes nothing writes nothing. What becomes archived is told as deleted. */
export async function changeKept<T extends KeptTable>(
  context: CommandContext,
  kept: Kept<T>,
  request: { readonly id: Uuid; readonly change: (before: KeptRow<T>) => KeptFields<T> },
): Promise<Decision<KeptRow<T>, 'not_found'>> {
  const { accountId, now } = context
  const { table } = kept
  return context.inTx(async (tx) => {
    const before = await lockKept(tx, { table, accountId, id: request.id })
    if (before === null) return refused('not_found')
    await context.remember(tx, kept.kind, request.id)
    const changed = { ...before, ...request.change(before) }
    if (isDeepStrictEqual(before, changed)) return accepted(before)
    const row = { ...changed, version: before.version + 1, updated_at: now }
    await kept.check?.(tx, accountId, row)
    await updateKept(tx, table, row as unknown as Insertable<DB[T]>)
    const isGone = row.status === 'archived' && before.status !== 'archived'
    const what = isGone ? 'deleted' : 'updated'
    await recordEvents(tx, [toEvent(context, kept, { what, row, before })])
    return accepted(row)
  })
}

function toEvent<T extends KeptTable>(
  context: CommandContext,
  kept: Kept<T>,
  happened: {
    readonly what: 'created' | 'updated' | 'deleted'
    readonly row: KeptRow<T>
    readonly before?: KeptRow<T>
  },
): NewEvent {
  const { what, row, before } = happened
  const id = context.ids.next()
  const data = kept.toWire(row)
  return {
    accountId: context.accountId,
    id,
    type: `${kept.kind}.${what}`,
    objectKind: kept.kind,
    objectId: row.id,
    factNumber: what === 'created' ? 0n : factNumberOf(id),
    customerId: null,
    subscriptionId: null,
    invoiceId: null,
    data,
    previousAttributes:
      before === undefined ? null : toPreviousAttributes(data, kept.toWire(before)),
    request: context.request,
    occurredAt: context.now,
  }
}
