import { type Uuid, encodeId } from '@perennial/core/ids'
import { toUnixSeconds } from '@perennial/core/time'
import Type, { type Static } from 'typebox'
import type { Environment } from '../../platform/command/index.ts'
import { API_VERSION } from '../../platform/http/index.ts'
import { cursorQuery } from '../../platform/lists/index.ts'
import { EVENT_TYPES } from '../../platform/outbox/index.ts'
import {
  idField,
  nullable,
  oneOf,
  textField,
  unixSecondsField,
  wireId,
} from '../../platform/wire/index.ts'
import type { EventRow } from './queries.ts'

const anything = (description: string) => Type.Unsafe<unknown>({ description })

/** The same on `GET /events` and in a webhook's body (revkeen 6.3). */
export const EventItem = Type.Object(
  {
    id: wireId('event', 'Id of the event.'),
    object: oneOf(['event'], { description: 'Always "event".' }),
    type: Type.String({ description: `What happened: ${EVENT_TYPES.join(', ')}.` }),
    created: Type.Integer({ description: "When it happened in the account's time: UNIX seconds." }),
    livemode: Type.Boolean({ description: 'Whether it happened in a live account.' }),
    api_version: nullable(
      Type.String({ description: 'Version of the API that `data` is written in.' }),
    ),
    account: wireId('account', 'The account in which it happened.'),
    data: Type.Object(
      {
        object: anything('What it happened to, as the API showed it then.'),
        previous_attributes: anything(
          'Old values of what changed; null unless something was updated.',
        ),
      },
      { description: 'What the event tells.' },
    ),
    request: nullable(
      Type.Object(
        {
          id: nullable(Type.String({ description: 'Id of the API request.' })),
          idempotency_key: nullable(Type.String({ description: 'Its idempotency key.' })),
        },
        { description: 'The API request that caused it; null when the system did it by itself.' },
      ),
    ),
    pending_webhooks: Type.Integer({ description: 'Deliveries that are not done yet.' }),
  },
  { title: 'Event', description: 'Something that has become true.' },
)

export const EventParams = Type.Object({ id: idField('event', 'Id of the event.') })

export const EventListQuery = Type.Object({
  ...cursorQuery('event'),
  type: Type.Optional(textField('Only this type.', { maxLength: 100 })),
  types: Type.Optional(textField('Only these types, separated by commas.', { maxLength: 2000 })),
  customer_id: Type.Optional(idField('customer', 'Only events of this customer.')),
  invoice_id: Type.Optional(idField('invoice', 'Only events of this invoice.')),
  subscription_id: Type.Optional(idField('subscription', 'Only events of this subscription.')),
  order_id: Type.Optional(idField('order', 'Only events of this order.')),
  created_gte: Type.Optional(unixSecondsField('Not before, UNIX seconds.')),
  created_lte: Type.Optional(unixSecondsField('Not after, UNIX seconds.')),
})

export type WireEvent = Static<typeof EventItem>

export function toWireEvent(
  row: EventRow,
  happened: { readonly accountId: Uuid; readonly environment: Environment },
): WireEvent {
  return {
    id: encodeId('event', row.id),
    object: 'event',
    type: row.type,
    created: toUnixSeconds(row.occurred_at),
    livemode: happened.environment === 'live',
    api_version: API_VERSION,
    account: encodeId('account', happened.accountId),
    data: { object: row.data, previous_attributes: row.previous_attributes },
    request:
      row.request_id === null ? null : { id: row.request_id, idempotency_key: row.idempotency_key },
    pending_webhooks: 0,
  }
}
