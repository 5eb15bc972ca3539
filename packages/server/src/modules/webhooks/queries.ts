import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { type RawBuilder, sql } from 'kysely'
import type { Tx } from '../../platform/db/index.ts'
import { type PageRequest, readChoices, readRows, readWindow } from '../../platform/lists/index.ts'
import type { JsonValue } from '../../platform/wire/index.ts'

export type EventRow = {
  readonly id: Uuid
  readonly type: string
  readonly data: JsonValue
  readonly previous_attributes: JsonValue
  readonly request_id: string | null
  readonly idempotency_key: string | null
  readonly occurred_at: Instant
}

const COLUMNS = 'id, type, data, previous_attributes, request_id, idempotency_key, occurred_at'

export async function findEvent(
  tx: Tx,
  key: { readonly accountId: Uuid; readonly id: Uuid },
): Promise<EventRow | null> {
  const { rows } = await sql<EventRow>`
    select ${sql.raw(COLUMNS)} from events where account_id = ${key.accountId} and id = ${key.id}`.execute(
    tx,
  )
  return rows[0] ?? null
}

export type EventFilter = {
  /** Empty = all types. */
  readonly types: readonly string[]
  readonly customerId: Uuid | null
  readonly invoiceId: Uuid | null
  readonly subscriptionId: Uuid | null
  readonly orderId: Uuid | null
  readonly createdFrom: Instant | null
  readonly createdTo: Instant | null
}

type EventPage = { readonly rows: readonly EventRow[]; readonly hasMore: boolean }

type EventList = {
  readonly accountId: Uuid
  readonly filter: EventFilter
  readonly page: PageRequest
}

const NO_EVENTS: EventPage = { rows: [], hasMore: false }

/**
 * Newest first. An invoice's, a subscription's or an order's events are found among its customer's, which have an index;
 * types are read as one short list each; a window of time is read in the order of `occurred_at`.
 */
export async function listEvents(tx: Tx, list: EventList): Promise<EventPage> {
  const { accountId, filter, page } = list
  const narrowed = await narrowToCustomer(tx, list)
  if (narrowed === null) return NO_EVENTS
  const filters: RawBuilder<unknown>[] = []
  if (narrowed.customerId !== null) filters.push(sql`customer_id = ${narrowed.customerId}`)
  if (filter.invoiceId !== null) filters.push(sql`invoice_id = ${filter.invoiceId}`)
  if (filter.subscriptionId !== null) filters.push(sql`subscription_id = ${filter.subscriptionId}`)
  if (filter.orderId !== null) filters.push(sql`object_id = ${filter.orderId}`)
  const { types, createdFrom: from, createdTo: to } = filter
  const isWindow = from !== null || to !== null
  const isListPerType = types.length > 0 && narrowed.customerId === null && !isWindow
  if (types.length > 0 && !isListPerType) filters.push(sql`type = any(${types}::text[])`)
  const read = { select: COLUMNS, table: 'events', accountId, filters, page }
  if (isListPerType) {
    const choices = { columns: ['type'], combinations: types.map((type) => [type]) }
    return readChoices<EventRow>(tx, { ...read, choices })
  }
  if (!isWindow) return readRows<EventRow>(tx, read)
  return readWindow<EventRow>(tx, { ...read, window: { column: 'occurred_at', from, to } })
}

/** The customer whose events are read: null in the answer = nothing can match, null as id = all customers. */
async function narrowToCustomer(
  tx: Tx,
  { accountId, filter }: EventList,
): Promise<{ customerId: Uuid | null } | null> {
  const objectId = filter.invoiceId ?? filter.subscriptionId ?? filter.orderId
  if (objectId === null) return { customerId: filter.customerId }
  const { rows } = await sql<{ readonly customer_id: Uuid | null }>`
    select customer_id from events
     where account_id = ${accountId} and object_id = ${objectId} and customer_id is not null
     limit 1`.execute(tx)
  const customerId = rows[0]?.customer_id ?? null
  if (customerId === null) return null
  return filter.customerId === null || filter.customerId === customerId ? { customerId } : null
}
