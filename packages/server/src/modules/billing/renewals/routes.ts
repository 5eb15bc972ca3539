import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import Type, { type Static } from 'typebox'
import type { CommandContext } from '../../../platform/command/index.ts'
import {
  acceptedOr,
  type ApiInstance,
  type ApiModule,
  ApiRefusal,
} from '../../../platform/http/index.ts'
import { cursorListOf, toCursorList, toPageRequest } from '../../../platform/lists/index.ts'
import { listRenewalsOfInvoices } from '../../subscriptions/index.ts'
import { refundErrors } from '../refunds/errors.ts'
import { refundRenewal } from '../refunds/refund-bill.ts'
import { madeRefunds, showRefundsWith } from '../refunds/show-refunds-with.ts'
import { attemptBill, refuseAgain } from '../invoices/attempt-bill.ts'
import type { BillingDeps } from '../scope.ts'
import {
  findSeenRenewal,
  listPayments,
  listRenewals,
  listSubscriptionIdsOf,
  type RenewalFilter,
} from './queries.ts'
import {
  RenewalItem,
  RenewalListQuery,
  RenewalParams,
  RenewalRefundBody,
  RenewalRetryBody,
  toWireRenewal,
} from './schemas.ts'

const RenewalAnswer = Type.Object({ data: RenewalItem })
const RenewalRefundAnswer = Type.Object({ data: RenewalItem, ...madeRefunds })
const tags = ['Renewals']

export function renewalsRoutes(deps: BillingDeps): ApiModule {
  return (app, { loaders }) => {
    loaders.register('renewal', async (context, id) => answerWith(context, id))
    addReads(app)
    addRefund(app, deps)
    addRetry(app, deps)
  }
}

async function answerWith(context: CommandContext, id: Uuid) {
  const { accountId } = context
  return context.inTx(async (tx) => {
    const renewal = await findSeenRenewal(tx, accountId, id)
    if (renewal === null) throw ApiRefusal.notFound('renewal')
    const { invoice_id: invoiceId } = renewal
    const payments = invoiceId === null ? [] : await listPayments(tx, accountId, invoiceId)
    return { data: toWireRenewal(renewal, payments) }
  })
}

function addReads(app: ApiInstance): void {
  app.get(
    '/renewals',
    {
      config: { scope: 'subscriptions:read' },
      schema: {
        tags,
        summary: 'List renewals',
        querystring: RenewalListQuery,
        response: { 200: cursorListOf(RenewalItem, 'Renewals, newest first.') },
      },
    },
    async ({ context, query }) => {
      const page = toPageRequest(query)
      const { accountId } = context
      const found = await context.inTx(async (tx) => {
        const customerId = query.customer_id
        const ofCustomer =
          customerId === undefined ? null : await listSubscriptionIdsOf(tx, accountId, customerId)
        return listRenewals(tx, { accountId, filter: toFilter(query, ofCustomer), page })
      })
      return toCursorList({ page: found, url: '/v2/renewals', toItem: (row) => toWireRenewal(row) })
    },
  )

  app.get(
    '/renewals/:id',
    {
      config: { scope: 'subscriptions:read' },
      schema: {
        tags,
        summary: 'Show a renewal with its payments',
        params: RenewalParams,
        response: { 200: RenewalAnswer },
      },
    },
    async ({ context, params }) => answerWith(context, params.id),
  )
}

/** The status has no index of its own, so that renewing stays cheap: it narrows down what is narrow already. */
function toFilter(
  query: Static<typeof RenewalListQuery>,
  ofCustomer: readonly Uuid[] | null,
): RenewalFilter {
  const { subscription_id: subscriptionId, status = null } = query
  const own = subscriptionId === undefined ? null : [subscriptionId]
  const both = own?.filter((id) => ofCustomer === null || ofCustomer.includes(id))
  const subscriptionIds = both ?? ofCustomer
  if (subscriptionIds === null && status !== null)
    throw ApiRefusal.invalid('status', 'Give a subscription_id or a customer_id as well.')
  return { subscriptionIds, status }
}

function addRefund(app: ApiInstance, deps: BillingDeps): void {
  app.post(
    '/renewals/:id/refund',
    {
      config: {
        scope: 'refunds:write',
        reload: (context, { id }) => answerWithRefunds(context, id),
      },
      schema: {
        tags,
        summary: 'Refund a renewal, whole or in part',
        description:
          'Out of its newest payments first. The status and the dates of the subscription stay.',
        params: RenewalParams,
        body: Type.Optional(RenewalRefundBody),
        response: { 200: RenewalRefundAnswer },
      },
    },
    async ({ context, params: { id }, body }) => {
      const amountMinor = body?.amount_minor ?? null
      const mode = body?.mode ?? 'at_once'
      const [firstId] = acceptedOr(
        await refundRenewal(deps, context, { renewalId: id, amountMinor, mode }),
        refundErrors,
      )
      assert(firstId !== undefined, 'a refund of a renewal is of a payment')
      return answerWithRefunds(context, firstId)
    },
  )
}

async function answerWithRefunds(context: CommandContext, firstId: Uuid) {
  const made = await showRefundsWith(context, firstId)
  if (made === null) throw ApiRefusal.notFound('refund')
  const { invoiceId, refunds } = made
  const [renewal] = await context.inTx((tx) =>
    listRenewalsOfInvoices(tx, context.accountId, [invoiceId]),
  )
  assert(renewal !== undefined, 'the invoice that was refunded is a renewal’s')
  return { ...(await answerWith(context, renewal.id)), refunds }
}

function addRetry(app: ApiInstance, deps: BillingDeps): void {
  app.post(
    '/renewals/:id/retry',
    {
      config: {
        scope: 'subscriptions:write',
        // What is remembered is its invoice.
        reload: async (context, { id }, { params }) => {
          await refuseAgain(context, id)
          return answerWith(context, (params as { id: Uuid }).id)
        },
      },
      schema: {
        tags,
        summary: 'Try to collect an overdue renewal again, now',
        description:
          'Paid, it counts as paid, and a subscription that owes nothing else is active again; a suspended one stays suspended. A charge that is refused answers 402 with the reason in decline_code.',
        params: RenewalParams,
        body: Type.Optional(RenewalRetryBody),
        response: { 200: RenewalAnswer },
      },
    },
    async ({ context, params: { id }, body }) => {
      const seen = await context.inTx((tx) => findSeenRenewal(tx, context.accountId, id))
      if (seen === null) throw ApiRefusal.notFound('renewal')
      if (seen.invoice_id === null) throw ApiRefusal.notFound('invoice of this renewal')
      const paymentMethodId = body?.payment_method_id ?? null
      const { invoice_id: invoiceId } = seen
      const gatewayId = body?.gateway_id ?? null
      await attemptBill(deps, context, { invoiceId, paymentMethodId, gatewayId })
      return answerWith(context, id)
    },
  )
}
