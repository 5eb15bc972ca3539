import { type ApiInstance, ApiRefusal } from '../../../platform/http/index.ts'
import { cursorListOf, toCursorList, toPageRequest } from '../../../platform/lists/index.ts'
import {
  findPayout,
  listDifferences,
  listPayoutPayments,
  listPayouts,
  listReconciliationRuns,
} from './queries/runs.ts'
import {
  DifferenceItem,
  DifferenceListQuery,
  PayoutItem,
  PayoutListQuery,
  PayoutParams,
  PayoutPayment,
  PayoutPaymentsQuery,
  RunItem,
  RunListQuery,
  toWireDifference,
  toWirePayout,
  toWirePayoutPayment,
  toWireRun,
} from './schemas.ts'

const tags = ['Reconciliation']

/** Comparisons with gateways' lists, what they found, and payouts. */
export function addReconciliationRoutes(app: ApiInstance): void {
  addRuns(app)
  addDifferences(app)
  addPayouts(app)
}

function addRuns(app: ApiInstance): void {
  app.get(
    '/reconciliation-runs',
    {
      config: { scope: 'finance:read' },
      schema: {
        tags,
        summary: 'List comparisons with the lists of gateways',
        querystring: RunListQuery,
        response: { 200: cursorListOf(RunItem, 'Runs, newest first.') },
      },
    },
    async ({ context, query }) => {
      const page = await context.inTx((tx) =>
        listReconciliationRuns(tx, context.accountId, toPageRequest(query)),
      )
      return toCursorList({ page, url: '/v2/reconciliation-runs', toItem: toWireRun })
    },
  )
}

function addDifferences(app: ApiInstance): void {
  app.get(
    '/reconciliation-differences',
    {
      config: { scope: 'finance:read' },
      schema: {
        tags,
        summary: 'List where our books and a gateway disagree',
        querystring: DifferenceListQuery,
        response: { 200: cursorListOf(DifferenceItem, 'Differences, newest first.') },
      },
    },
    async ({ context, query }) => {
      const filter = { state: query.state ?? null }
      const page = await context.inTx((tx) =>
        listDifferences(tx, context.accountId, filter, toPageRequest(query)),
      )
      return toCursorList({ page, url: '/v2/reconciliation-differences', toItem: toWireDifference })
    },
  )
}

function addPayouts(app: ApiInstance): void {
  const config = { scope: 'payouts:read' } as const
  app.get(
    '/payouts',
    {
      config,
      schema: {
        tags: ['Payouts'],
        summary: 'List payouts',
        querystring: PayoutListQuery,
        response: { 200: cursorListOf(PayoutItem, 'Payouts, newest first.') },
      },
    },
    async ({ context, query }) => {
      const filter = {
        status: query.status ?? null,
        gatewayId: query.gateway ?? null,
        createdAfter: query.created_after ?? null,
        createdBefore: query.created_before ?? null,
      }
      const page = await context.inTx((tx) =>
        listPayouts(tx, context.accountId, filter, toPageRequest(query)),
      )
      return toCursorList({ page, url: '/v2/payouts', toItem: toWirePayout })
    },
  )

  app.get(
    '/payouts/:id',
    {
      config,
      schema: {
        tags: ['Payouts'],
        summary: 'Show a payout',
        params: PayoutParams,
        response: { 200: PayoutItem },
      },
    },
    async ({ context, params }) => {
      const row = await context.inTx((tx) => findPayout(tx, context.accountId, params.id))
      if (row === null) throw ApiRefusal.notFound('payout')
      return toWirePayout(row)
    },
  )

  app.get(
    '/payouts/:id/payments',
    {
      config,
      schema: {
        tags: ['Payouts'],
        summary: 'List what a payout carries',
        params: PayoutParams,
        querystring: PayoutPaymentsQuery,
        response: { 200: cursorListOf(PayoutPayment, 'Lines, oldest first.') },
      },
    },
    async ({ context, params, query }) => {
      const { limit, offset } = query
      return context.inTx(async (tx) => {
        const payout = await findPayout(tx, context.accountId, params.id)
        if (payout === null) throw ApiRefusal.notFound('payout')
        const found = await listPayoutPayments(tx, payout, { limit: limit + 1, offset })
        const page = { rows: found.slice(0, limit), hasMore: found.length > limit }
        const url = `/v2/payouts/${params.id}/payments`
        return toCursorList({ page, url, toItem: toWirePayoutPayment })
      })
    },
  )
}
