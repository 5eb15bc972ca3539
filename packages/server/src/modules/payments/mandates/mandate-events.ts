import type { IdKind, Uuid } from '@perennial/core/ids'
import type { Mandate } from '@perennial/core/payments'
import type { CommandContext } from '../../../platform/command/index.ts'
import { factNumberOf, type NewEvent } from '../../../platform/outbox/index.ts'
import type { JsonObject } from '../../../platform/wire/index.ts'
import type { CollectionRow } from '../queries/mandate-collections.ts'
import { toWireCollection, toWireMandate } from './wire.ts'

export type MandateEventType =
  | 'mandate.created'
  | 'mandate.activated'
  | 'mandate.auddis_rejected'
  | 'mandate.suspended'
  | 'mandate.cancelled'

export type CollectionEventType =
  | 'collection.scheduled'
  | 'collection.notice_sent'
  | 'collection.succeeded'
  | 'collection.failed'
  | 'collection.cancelled'
  | 'collection.indemnity_claimed'
  | 'settlement.created'

type About = {
  readonly type: MandateEventType | CollectionEventType
  readonly objectKind: IdKind
  readonly objectId: Uuid
  readonly customerId: Uuid
  readonly invoiceId: Uuid | null
  readonly data: JsonObject
}

/** Who tells: a command, or what is written of many at once. */
type Teller = Pick<CommandContext, 'accountId' | 'request' | 'now'> & {
  readonly ids: Pick<CommandContext['ids'], 'next'>
}

/** A mandate can be lodged, activated and suspended any number of times. */
function toEvent(context: Teller, about: About): NewEvent {
  const id = context.ids.next()
  return {
    accountId: context.accountId,
    id,
    ...about,
    factNumber: factNumberOf(id),
    subscriptionId: null,
    previousAttributes: null,
    request: context.request,
    occurredAt: context.now,
  }
}

export function toMandateEvent(
  context: CommandContext,
  type: MandateEventType,
  mandate: Mandate,
): NewEvent {
  const { id: objectId, customerId, invoiceId } = mandate
  const data = toWireMandate(mandate)
  return toEvent(context, { type, objectKind: 'mandate', objectId, customerId, invoiceId, data })
}

export function toCollectionEvent(
  context: Teller,
  type: CollectionEventType,
  about: { readonly row: CollectionRow; readonly customerId: Uuid },
): NewEvent {
  const { row, customerId } = about
  const objectKind = 'mandate_collection'
  const data = toWireCollection(row, false)
  const { id: objectId, invoice_id: invoiceId } = row
  return toEvent(context, { type, objectKind, objectId, customerId, invoiceId, data })
}
