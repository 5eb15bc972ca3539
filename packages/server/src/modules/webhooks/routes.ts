import { type ApiModule, ApiRefusal } from '../../platform/http/index.ts'
import { cursorListOf, toCursorList, toPageRequest } from '../../platform/lists/index.ts'
import { toTypes } from './asked-types.ts'
import { findEvent, listEvents } from './queries.ts'
import { EventItem, EventListQuery, EventParams, toWireEvent } from './schemas.ts'

const tags = ['Events']
const read = { scope: 'events:read' } as const

export const eventsRoutes: ApiModule = (app) => {
  app.get(
    '/events',
    {
      config: read,
      schema: {
        tags,
        summary: 'List events',
        querystring: EventListQuery,
        response: { 200: cursorListOf(EventItem, 'Events, newest first.') },
      },
    },
    async ({ context, query }) => {
      const filter = {
        types: toTypes(query),
        customerId: query.customer_id ?? null,
        invoiceId: query.invoice_id ?? null,
        subscriptionId: query.subscription_id ?? null,
        orderId: query.order_id ?? null,
        createdFrom: query.created_gte ?? null,
        createdTo: query.created_lte ?? null,
      }
      const page = await context.inTx((tx) =>
        listEvents(tx, { accountId: context.accountId, filter, page: toPageRequest(query) }),
      )
      return toCursorList({ page, url: '/v2/events', toItem: (row) => toWireEvent(row, context) })
    },
  )

  // Bare, without an envelope (revkeen 3.3).
  app.get(
    '/events/:id',
    {
      config: read,
      schema: { tags, summary: 'Show an event', params: EventParams, response: { 200: EventItem } },
    },
    async ({ context, params }) => {
      const row = await context.inTx((tx) =>
        findEvent(tx, { accountId: context.accountId, id: params.id }),
      )
      if (row === null) throw ApiRefusal.notFound('event')
      return toWireEvent(row, context)
    },
  )
}
