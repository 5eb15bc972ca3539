import { isDeepStrictEqual } from 'node:util'
import type { IdKind, Uuid } from '@perennial/core/ids'
import type { Insertable } from 'kysely'
import {
  accepted,
  type CommandContext,
  type Decision,
  type Refused,
  refused,
  unlessViolated,
} from '../command/index.ts'
import type { DB, Tx } from '../db/index.ts'
import {
  factNumberOf,
  type KeptEventKind,
  type NewEvent,
  recordEvents,
  toPreviousAttributes,
} from '../outbox/index.ts'
import type { JsonObject } from '../wire/index.ts'
import {
  findKept,
  insertKept,
  type KeptRow,
  type KeptTable,
  lockKept,
  removeKept,
  updateKept,
} from './queries.ts'

/** One kind of thing that is kept, as the commands below treat them all; `Taken`: what is refused that another has. */
export type Kept<T extends KeptTable, Taken extends string = never> = {
  readonly table: T
  readonly kind: IdKind & KeptEventKind
  readonly toWire: (row: KeptRow<T>) => JsonObject
  /** Throws an `ApiRefusal` that names each field that is wrong. `before`: as it is kept; null for one that is made. */
  readonly check?: (
    tx: Tx,
    context: CommandContext,
    row: KeptRow<T>,
    before: KeptRow<T> | null,
  ) => Promise<void>
  readonly afterSave?: (tx: Tx, accountId: Uuid, row: KeptRow<T>) => Promise<void>
  /** The constraint that holds it against another. */
  readonly unique?: { readonly constraint: string; readonly code: Taken }
}

/** What is deleted for good once nothing uses it. */
export type Deletable = {
  /** What still uses it, in words; null when nothing does. */
  readonly findUser: (tx: Tx, context: CommandContext, id: Uuid) => Promise<string | null>
}

/** What a caller says of it. */
export type KeptFields<T extends KeptTable> = Partial<
  Omit<KeptRow<T>, 'account_id' | 'id' | 'version' | 'created_at' | 'updated_at'>
>

export async function createKept<T extends KeptTable, Taken extends string>(
  context: CommandContext,
  kept: Kept<T, Taken>,
  /** All its columns. */
  fields: KeptFields<T>,
): Promise<Decision<KeptRow<T>, Taken>> {
  const { accountId, now } = context
  const id = context.ids.next()
  const own = { account_id: accountId, id, version: 1, created_at: now, updated_at: now }
  const row = { ...fields, ...own } as unknown as KeptRow<T>
  return unlessTaken(kept, () =>
    context.inTx(async (tx) => {
      await kept.check?.(tx, context, row, null)
      await insertKept(tx, kept.table, row as unknown as Insertable<DB[T]>)
      await kept.afterSave?.(tx, accountId, row)
      await recordEvents(tx, [toEvent(context, kept, { what: 'created', row })])
      await context.remember(tx, kept.kind, id)
      return accepted(row)
    }),
  )
}

function unlessTaken<Answer, Taken extends string>(
  { unique }: { readonly unique?: { readonly constraint: string; readonly code: Taken } },
  work: () => Promise<Answer>,
): Promise<Answer | Refused<Taken>> {
  return unique === undefined ? work() : unlessViolated(unique, work)
}

/** A change that changes nothing writes nothing. What becomes archived is told as deleted. */
export async function changeKept<T extends KeptTable, Taken extends string>(
  context: CommandContext,
  kept: Kept<T, Taken>,
  request: { readonly id: Uuid; readonly change: (before: KeptRow<T>) => KeptFields<T> },
): Promise<Decision<KeptRow<T>, 'not_found' | Taken>> {
  const { accountId, now } = context
  const { table } = kept
  return unlessTaken(kept, () =>
    context.inTx(async (tx) => {
      const before = await lockKept(tx, { table, accountId, id: request.id })
      if (before === null) return refused('not_found')
      await context.remember(tx, kept.kind, request.id)
      const changed = { ...before, ...request.change(before) }
      if (isDeepStrictEqual(before, changed)) return accepted(before)
      const row = { ...changed, version: before.version + 1, updated_at: now }
      await kept.check?.(tx, context, row, before)
      await updateKept(tx, table, row as unknown as Insertable<DB[T]>)
      await kept.afterSave?.(tx, accountId, row)
      const what = isArchived(row) && !isArchived(before) ? 'deleted' : 'updated'
      await recordEvents(tx, [toEvent(context, kept, { what, row, before })])
      return accepted(row)
    }),
  )
}

function isArchived(row: object): boolean {
  return 'status' in row && row.status === 'archived'
}

/** Refuses: `not_found`, `resource_in_use` with a sentence that names the user. */
export async function deleteKept<T extends KeptTable, Taken extends string>(
  context: CommandContext,
  kept: Kept<T, Taken> & Deletable,
  id: Uuid,
): Promise<Decision<KeptRow<T>, 'not_found' | 'resource_in_use'>> {
  const { accountId } = context
  const key = { table: kept.table, accountId, id }
  return context.inTx(async (tx) => {
    const row = await lockKept(tx, key)
    if (row === null) return refused('not_found')
    const user = await kept.findUser(tx, context, id)
    if (user !== null) {
      const message = `It is used by ${user}. Take it out there first.`
      return refused('resource_in_use', { message })
    }
    await removeKept(tx, key)
    await recordEvents(tx, [toEvent(context, kept, { what: 'deleted', row })])
    return accepted(row)
  })
}

export async function readKept<T extends KeptTable>(
  context: CommandContext,
  { table }: { readonly table: T },
  id: Uuid,
): Promise<KeptRow<T> | null> {
  const { accountId } = context
  return context.inTx((tx) => findKept(tx, { table, accountId, id }))
}

function toEvent<T extends KeptTable>(
  context: CommandContext,
  kept: Pick<Kept<T>, 'kind' | 'toWire'>,
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
