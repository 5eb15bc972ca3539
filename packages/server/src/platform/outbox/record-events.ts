import type { IdKind, Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import type { RequestOrigin } from '../command/index.ts'
import { COLUMN_TYPES, type Tx, insertMany, rowsOf } from '../db/index.ts'
import type { JsonObject } from '../wire/index.ts'
import type { EventType } from './event-types.ts'

/** Something that has become true, to be told to whoever listens. */
export type NewEvent = {
  readonly accountId: Uuid
  readonly id: Uuid
  readonly type: EventType
  readonly objectKind: IdKind
  readonly objectId: Uuid
  /** Tells repetitions of one type on one object apart (cycle, attempt, version); 0 where it can be true only once. */
  readonly factNumber: bigint
  readonly customerId: Uuid | null
  readonly subscriptionId: Uuid | null
  readonly invoiceId: Uuid | null
  /** The object as the API shows it, with its `object` member. */
  readonly data: JsonObject
  /** Old values of what changed, in the same spelling; only on updates. */
  readonly previousAttributes: JsonObject | null
  readonly request: RequestOrigin | null
  readonly occurredAt: Instant
}

/**
 * Writes all events in one statement. Call it in the transaction that makes them true. The same fact twice is refused
 * by the constraint `events_one_per_fact`.
 */
export async function recordEvents(tx: Tx, events: Iterable<NewEvent>): Promise<void> {
  await insertMany(tx, 'events', rowsOf(events, toRow), COLUMN_TYPES.events)
}

function toRow(event: NewEvent) {
  return {
    account_id: event.accountId,
    id: event.id,
    type: event.type,
    object_kind: event.objectKind,
    object_id: event.objectId,
    fact_number: event.factNumber,
    customer_id: event.customerId,
    subscription_id: event.subscriptionId,
    invoice_id: event.invoiceId,
    data: event.data,
    previous_attributes: event.previousAttributes,
    request_id: event.request?.id ?? null,
    idempotency_key: event.request?.idempotencyKey ?? null,
    occurred_at: event.occurredAt,
  }
}

/**
 * A fact number for changes of objects that count no versions: the time and counter of the event's own id, so that it
 * rises with every change and two changes in one millisecond differ.
 */
export function factNumberOf(eventId: Uuid): bigint {
  const bits = BigInt(`0x${eventId.replaceAll('-', '')}`)
  // 44 bits of milliseconds (557 years), 12 bits behind the version digit and 6 behind the variant: what a bigint holds.
  const time = (bits >> 80n) & 0xfff_ffff_ffffn
  return (time << 18n) | (((bits >> 64n) & 0xfffn) << 6n) | ((bits >> 56n) & 0x3fn)
}
