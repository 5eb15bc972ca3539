import { isDeepStrictEqual } from 'node:util'
import { assert } from '@perennial/core/fault'
import type { IdKind, Uuid } from '@perennial/core/ids'
import type { Insertable } from 'kysely'
import {
  accepted,
  type CommandContext,
  type Decision,
  refused,
  unlessViolated,
} from '../../../platform/command/index.ts'
import type { DB, Tx } from '../../../platform/db/index.ts'
import {
  factNumberOf,
  type NewEvent,
  recordEvents,
  toPreviousAttributes,
} from '../../../platform/outbox/index.ts'
import type { JsonObject } from '../../../platform/wire/index.ts'
import {
  deleteResource,
  findResource,
  insertResource,
  lockResource,
  type ResourceRow,
  type ResourceTable,
  updateResource,
} from '../queries/resources.ts'

/** One of the things that a merchant configures, as the commands below treat them all. */
export type Resource<T extends ResourceTable> = {
  readonly table: T
  readonly kind: IdKind
  /** Without long lists, as lists and events show it. */
  readonly toWire: (row: ResourceRow<T>) => JsonObject
  /** Throws an `ApiRefusal` that names each field that is wrong. */
  readonly check: (tx: Tx, accountId: Uuid, row: ResourceRow<T>) => Promise<void>
  readonly afterSave?: (tx: Tx, accountId: Uuid, row: ResourceRow<T>) => Promise<void>
  /** What still uses it, in words; null when nothing does. */
  readonly findUser: (tx: Tx, context: CommandContext, id: Uuid) => Promise<string | null>
}

/** What a caller says of a resource: all its own columns, or those that change. */
export type ResourceFields<T extends ResourceTable> = Omit<
  ResourceRow<T>,
  'account_id' | 'id' | 'version' | 'created_at' | 'updated_at'
>

/** Refuses: `name_taken`. */
export async function createConfigured<T extends ResourceTable>(
  context: CommandContext,
  resource: Resource<T>,
  fields: ResourceFields<T>,
): Promise<Decision<ResourceRow<T>, 'name_taken'>> {
  const { accountId, now } = context
  const id = context.ids.next()
  const own = { account_id: accountId, id, version: 1, created_at: now, updated_at: now }
  const row = { ...fields, ...own } as ResourceRow<T>
  return unlessViolated(nameTaken(resource), () =>
    context.inTx(async (tx) => {
      await resource.check(tx, accountId, row)
      await insertResource(tx, resource.table, row as Insertable<DB[T]>)
      await resource.afterSave?.(tx, accountId, row)
      await recordEvents(tx, [toEvent(context, resource, { what: 'created', row })])
      await context.remember(tx, resource.kind, id)
      return accepted(row)
    }),
  )
}

/** A change that changes nothing writes nothing. Refuses: `not_found`, `name_taken`. */
export async function changeConfigured<T extends ResourceTable>(
  context: CommandContext,
  resource: Resource<T>,
  request: { readonly id: Uuid; readonly change: Partial<ResourceFields<T>> },
): Promise<Decision<ResourceRow<T>, 'not_found' | 'name_taken'>> {
  const { accountId, now } = context
  const { table } = resource
  return unlessViolated(nameTaken(resource), () =>
    context.inTx(async (tx) => {
      const before = await lockResource(tx, { table, accountId, id: request.id })
      if (before === null) return refused('not_found')
      await context.remember(tx, resource.kind, request.id)
      const changed = { ...before, ...request.change }
      if (isDeepStrictEqual(before, changed)) return accepted(before)
      const row = { ...changed, version: before.version + 1, updated_at: now }
      await resource.check(tx, accountId, row)
      await updateResource(tx, table, row as unknown as Insertable<DB[T]>)
      await resource.afterSave?.(tx, accountId, row)
      await recordEvents(tx, [toEvent(context, resource, { what: 'updated', row, before })])
      return accepted(row)
    }),
  )
}

/** Refuses: `not_found`, `resource_in_use` with a sentence that names the user. */
export async function deleteConfigured<T extends ResourceTable>(
  context: CommandContext,
  resource: Resource<T>,
  id: Uuid,
): Promise<Decision<ResourceRow<T>, 'not_found' | 'resource_in_use'>> {
  const { accountId } = context
  const key = { table: resource.table, accountId, id }
  return context.inTx(async (tx) => {
    const row = await lockResource(tx, key)
    if (row === null) return refused('not_found')
    const user = await resource.findUser(tx, context, id)
    if (user !== null) {
      const message = `It is used by ${user}. Take it out there first.`
      return refused('resource_in_use', { message })
    }
    await deleteResource(tx, key)
    await recordEvents(tx, [toEvent(context, resource, { what: 'deleted', row })])
    return accepted(row)
  })
}

export async function findConfigured<T extends ResourceTable>(
  context: CommandContext,
  resource: Resource<T>,
  id: Uuid,
): Promise<ResourceRow<T> | null> {
  const { accountId } = context
  return context.inTx((tx) => findResource(tx, { table: resource.table, accountId, id }))
}

function nameTaken({ table }: { readonly table: ResourceTable }) {
  return { constraint: `${table}_name_unique`, code: 'name_taken' } as const
}

function toEvent<T extends ResourceTable>(
  context: CommandContext,
  resource: Resource<T>,
  happened: {
    readonly what: 'created' | 'updated' | 'deleted'
    readonly row: ResourceRow<T>
    readonly before?: ResourceRow<T>
  },
): NewEvent {
  const { what, row, before } = happened
  const id = context.ids.next()
  const data = resource.toWire(row)
  assert(row.account_id === context.accountId, 'a resource belongs to the account that changes it')
  return {
    accountId: context.accountId,
    id,
    type: `${resource.kind}.${what}`,
    objectKind: resource.kind,
    objectId: row.id,
    factNumber: what === 'updated' ? factNumberOf(id) : 0n,
    customerId: null,
    subscriptionId: null,
    invoiceId: null,
    data,
    previousAttributes:
      before === undefined ? null : toPreviousAttributes(data, resource.toWire(before)),
    request: context.request,
    occurredAt: context.now,
  }
}
