import { encodeId, type Uuid } from '@perennial/core/ids'
import { formatInstant } from '@perennial/core/time'
import Type from 'typebox'
import { type ApiInstance, ApiRefusal } from '../../../platform/http/index.ts'
import {
  cursorListOf,
  cursorQuery,
  toCursorList,
  toPageRequest,
} from '../../../platform/lists/index.ts'
import { type JsonValue, nullable, oneOf, timestamp, wireId } from '../../../platform/wire/index.ts'
import { findSubscription } from '../../subscriptions/index.ts'
import { listEvents, type EventRow } from '../../webhooks/index.ts'
import { SubscriptionParams } from '../subscriptions/request-schemas.ts'

const AnyValue = Type.Unsafe<JsonValue>({ description: 'A value of the field.' })

const TimelineEntry = Type.Object(
  {
    id: wireId('event', 'Id of the event.'),
    object: oneOf(['timeline_entry'], { description: 'Always "timeline_entry".' }),
    at: timestamp('When it happened.'),
    type: Type.String({ description: 'Type of the event.' }),
    subject_id: nullable(
      Type.String({
        description: 'Id of what it is about: the subscription, an invoice, a payment.',
      }),
    ),
    changes: Type.Array(
      Type.Object({
        field: Type.String({ description: 'Name of the field.' }),
        before: AnyValue,
        after: AnyValue,
      }),
      { description: 'What changed, where that is known.' },
    ),
    request_id: nullable(Type.String({ description: 'The request that did it.' })),
  },
  { title: 'TimelineEntry', description: 'Something that happened to a subscription.' },
)

const ALL_EVENTS = {
  types: [],
  invoiceId: null,
  orderId: null,
  createdFrom: null,
  createdTo: null,
} as const

export function addTimelineRoute(app: ApiInstance): void {
  app.get(
    '/subscriptions/:id/timeline',
    {
      config: { scope: 'subscriptions:read' },
      schema: {
        tags: ['Subscriptions'],
        summary: 'Show what happened to a subscription',
        description: 'Its own events and those of its invoices and payments.',
        params: SubscriptionParams,
        querystring: Type.Object(cursorQuery('event')),
        response: { 200: cursorListOf(TimelineEntry, 'Entries, newest first.') },
      },
    },
    async ({ context, params: { id }, query }) => {
      const { accountId } = context
      const page = await context.inTx(async (tx) => {
        const subscription = await findSubscription(tx, accountId, id)
        if (subscription === null) throw ApiRefusal.notFound('subscription')
        const { customerId } = subscription
        const filter = { ...ALL_EVENTS, customerId, subscriptionId: id }
        return listEvents(tx, { accountId, filter, page: toPageRequest(query) })
      })
      return toCursorList({ page, url: urlOf(id), toItem: toEntry })
    },
  )
}

const urlOf = (id: Uuid): string => `/v2/subscriptions/${encodeId('subscription', id)}/timeline`

function toEntry(row: EventRow) {
  const data = isObject(row.data) ? row.data : {}
  const previous = isObject(row.previous_attributes) ? row.previous_attributes : {}
  const subjectId = data['id'] ?? data['subscription_id']
  return {
    id: encodeId('event', row.id),
    object: 'timeline_entry' as const,
    at: formatInstant(row.occurred_at),
    type: row.type,
    subject_id: typeof subjectId === 'string' ? subjectId : null,
    changes: Object.entries(previous).map(([field, before]) => ({
      field,
      before,
      after: afterOf(data, field),
    })),
    request_id: row.request_id,
  }
}

/** The profile of a subscription is told by its id. */
function afterOf(data: Readonly<Record<string, JsonValue>>, field: string): JsonValue {
  const { profile } = data
  if (field === 'profile_id') return isObject(profile) ? (profile['id'] ?? null) : null
  return data[field] ?? null
}

function isObject(value: JsonValue | undefined): value is Readonly<Record<string, JsonValue>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
