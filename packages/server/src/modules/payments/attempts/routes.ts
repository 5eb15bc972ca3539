import type { Uuid } from '@perennial/core/ids'
import Type, { type Static } from 'typebox'
import type { CommandContext } from '../../../platform/command/index.ts'
import { type ApiInstance, ApiRefusal } from '../../../platform/http/index.ts'
import { cursorListOf, toCursorList, toPageRequest } from '../../../platform/lists/index.ts'
import {
  type AttemptFilter,
  type AttemptView,
  findAttemptView,
  listAttemptViews,
  NO_FILTER as ALL,
} from '../queries/attempt-views.ts'
import { addDeclineAnalytics } from './decline-analytics.ts'
import { addRetryRoutes } from './retry-routes.ts'
import {
  AttemptItem,
  AttemptListQuery,
  AttemptOrderParams,
  AttemptPageQuery,
  AttemptParams,
  AttemptsOfInvoiceParams,
  AttemptsOfSubscriptionParams,
  AttemptsOfTransactionParams,
} from './schemas.ts'
import { addDeclineCodes } from './decline-codes-route.ts'
import { addSecurityRoutes } from './security-routes.ts'
import { toWireAttempt } from './wire.ts'

const tags = ['Payment attempts']
const config = { scope: 'payments:read' } as const
const response = { 200: cursorListOf(AttemptItem, 'Payment attempts, newest first.') }
/** Read-only: attempts are made by charging. */
export function addAttemptRoutes(app: ApiInstance): void {
  addRetryRoutes(app)
  addSecurityRoutes(app)
  addDeclineCodes(app)
  addDeclineAnalytics(app)
  addLists(app)
  addItems(app)
}

function addLists(app: ApiInstance): void {
  app.get(
    '/payment-attempts',
    {
      config,
      schema: { tags, summary: 'List attempts', querystring: AttemptListQuery, response },
    },
    async ({ context, query }) =>
      listWith(context, query, {
        url: '/v2/payment-attempts',
        filter: {
          ...ALL,
          invoiceId: query.invoice_id ?? null,
          subscriptionId: query.subscription_id ?? null,
          paymentIntentId: query.payment_intent_id ?? null,
        },
      }),
  )

  app.get(
    '/payment-attempts/invoice/:id',
    {
      config,
      schema: {
        tags,
        summary: 'List the attempts on an invoice',
        params: AttemptsOfInvoiceParams,
        querystring: AttemptPageQuery,
        response,
      },
    },
    async ({ context, params: { id }, query, url }) =>
      listWith(context, query, { url: pathOf(url), filter: { ...ALL, invoiceId: id } }),
  )

  app.get(
    '/payment-attempts/subscription/:id',
    {
      config,
      schema: {
        tags,
        summary: 'List the attempts on invoices of a subscription',
        params: AttemptsOfSubscriptionParams,
        querystring: AttemptPageQuery,
        response,
      },
    },
    async ({ context, params: { id }, query, url }) =>
      listWith(context, query, { url: pathOf(url), filter: { ...ALL, subscriptionId: id } }),
  )

  app.get(
    '/payment-attempts/transaction/:id',
    {
      config,
      schema: {
        tags,
        summary: 'List the attempt behind a transaction',
        description: 'Empty for money that no charge moved, such as a refund or a record by hand.',
        params: AttemptsOfTransactionParams,
        querystring: AttemptPageQuery,
        response,
      },
    },
    async ({ context, params: { id }, query, url }) =>
      listWith(context, query, { url: pathOf(url), filter: { ...ALL, transactionId: id } }),
  )
}

function addItems(app: ApiInstance): void {
  app.get(
    '/payment-attempts/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Show an attempt',
        params: AttemptParams,
        response: { 200: Type.Object({ data: AttemptItem }) },
      },
    },
    async ({ context, params: { id } }) => showAttempt(context, id),
  )

  app.get(
    '/payment-attempts/by-gateway-order/:orderId',
    {
      config,
      schema: {
        tags,
        summary: 'Find an attempt by the key that its gateway knows it by',
        params: AttemptOrderParams,
        response: { 200: Type.Object({ data: AttemptItem }) },
      },
    },
    async ({ context, params: { orderId } }) => showAttempt(context, orderId),
  )
}

export async function showAttempt(context: CommandContext, id: Uuid) {
  const { accountId } = context
  const view = await context.inTx((tx) => findAttemptView(tx, { accountId, id }))
  if (view === null) throw ApiRefusal.notFound('payment attempt')
  return { data: toWireAttempt(view, context.account) }
}

async function listWith(
  context: CommandContext,
  query: Static<typeof AttemptPageQuery>,
  list: { readonly url: string; readonly filter: AttemptFilter },
) {
  const { accountId } = context
  const { url, filter } = list
  const page = await context.inTx((tx) =>
    listAttemptViews(tx, { accountId, filter, page: toPageRequest(query) }),
  )
  const toItem = (view: AttemptView) => toWireAttempt(view, context.account)
  return toCursorList({ page, url, toItem })
}

function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? url
}
