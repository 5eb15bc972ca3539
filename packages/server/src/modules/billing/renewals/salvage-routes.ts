import type { Uuid } from '@perennial/core/ids'
import Type, { type Static } from 'typebox'
import type { CommandContext } from '../../../platform/command/index.ts'
import {
  acceptedOr,
  ApiRefusal,
  type ApiInstance,
  type ApiModule,
} from '../../../platform/http/index.ts'
import { cursorListOf, toCursorList, toPageRequest } from '../../../platform/lists/index.ts'
import { caseErrors } from '../recovery/case-errors.ts'
import { cancelCase } from '../recovery/retry-case.ts'
import { listPayments } from './queries.ts'
import { RenewalRetryBody, toWirePayment } from './schemas.ts'
import type { BillingDeps } from '../scope.ts'
import { attemptBill, refuseAgain } from '../invoices/attempt-bill.ts'
import { findSalvage, listSalvages, type SalvageFilter } from '../salvage/queries.ts'
import { toWireSalvage } from '../salvage/wire.ts'
import { SalvageItem, SalvageListQuery, SalvageParams } from './salvage-schemas.ts'

const SalvageAnswer = Type.Object({ data: SalvageItem })
const tags = ['Salvage transactions']
const READ = { scope: 'recovery:read' } as const
const WRITE = { scope: 'recovery:write' } as const

/** Recovery cases as a shop by subscription profiles knows them: money that could not be collected, to be tried by hand. */
export function salvageRoutes(deps: BillingDeps): ApiModule {
  return (app) => {
    addReads(app)
    addMoves(app, deps)
  }
}

async function need(context: CommandContext, id: Uuid) {
  const salvage = await context.inTx((tx) => findSalvage(tx, context.accountId, id))
  if (salvage === null) throw ApiRefusal.notFound('salvage transaction')
  return salvage
}

async function answerWith(context: CommandContext, id: Uuid) {
  const salvage = await need(context, id)
  const payments = await context.inTx((tx) =>
    listPayments(tx, context.accountId, salvage.invoice_id),
  )
  return { data: { ...toWireSalvage(salvage), payments: payments.map(toWirePayment) } }
}

function addReads(app: ApiInstance): void {
  app.get(
    '/salvage-transactions',
    {
      config: READ,
      schema: {
        tags,
        summary: 'List salvage transactions',
        querystring: SalvageListQuery,
        response: { 200: cursorListOf(SalvageItem, 'Salvage transactions, newest first.') },
      },
    },
    async ({ context, query }) => {
      const { accountId } = context
      const list = { accountId, filter: toFilter(query), page: toPageRequest(query) }
      const page = await context.inTx((tx) => listSalvages(tx, list))
      return toCursorList({
        page,
        url: '/v2/salvage-transactions',
        toItem: (row) => toWireSalvage(row),
      })
    },
  )

  app.get(
    '/salvage-transactions/:id',
    {
      config: READ,
      schema: {
        tags,
        summary: 'Show a salvage transaction with its payments',
        params: SalvageParams,
        response: { 200: SalvageAnswer },
      },
    },
    async ({ context, params }) => answerWith(context, params.id),
  )
}

/** A status is made of a case and its bill, which no index tells: it narrows down what is narrow already. */
function toFilter(query: Static<typeof SalvageListQuery>): SalvageFilter {
  const { status = null, source_type: source = null } = query
  const customerId = query.customer_id ?? null
  const subscriptionId = query.subscription_id ?? null
  const renewalId = query.renewal_id ?? null
  const isNarrow = customerId !== null || subscriptionId !== null || renewalId !== null
  if ((status !== null || source !== null) && !isNarrow)
    throw ApiRefusal.invalid(
      status === null ? 'source_type' : 'status',
      'Give a customer_id, a subscription_id or a renewal_id as well.',
    )
  return { status, source, customerId, subscriptionId, renewalId }
}

function addMoves(app: ApiInstance, deps: BillingDeps): void {
  app.post(
    '/salvage-transactions/:id/attempt',
    {
      config: {
        ...WRITE,
        // What is remembered is its invoice.
        reload: async (context, { id }, { params }) => {
          await refuseAgain(context, id)
          return answerWith(context, (params as { id: Uuid }).id)
        },
      },
      schema: {
        tags,
        summary: 'Try to collect now',
        description:
          'Besides the schedule, which stays as it is. A charge that is refused answers 402 with the reason in decline_code; one that the card networks forbid is not made, and error.details.allowed_at tells from when it may be. A suspended subscription stays suspended.',
        params: SalvageParams,
        body: Type.Optional(RenewalRetryBody),
        response: { 200: SalvageAnswer },
      },
    },
    async ({ context, params: { id }, body }) => {
      const { status, invoice_id: invoiceId } = await need(context, id)
      if (status !== 'ready') throw notReady(status)
      const paymentMethodId = body?.payment_method_id ?? null
      const gatewayId = body?.gateway_id ?? null
      await attemptBill(deps, context, { invoiceId, paymentMethodId, gatewayId })
      return answerWith(context, id)
    },
  )

  app.post(
    '/salvage-transactions/:id/cancel',
    {
      config: {
        ...WRITE,
        // What is remembered is its recovery case.
        reload: (context, _case, { params }) => answerWith(context, (params as { id: Uuid }).id),
      },
      schema: {
        tags,
        summary: 'Give a salvage transaction up',
        description:
          'Its recovery case is canceled. A subscription without a profile ends as it would after the last retry.',
        params: SalvageParams,
        response: { 200: SalvageAnswer },
      },
    },
    async ({ context, params: { id } }) => {
      acceptedOr(await cancelCase(deps, context, id), caseErrors)
      return answerWith(context, id)
    },
  )
}

function notReady(status: 'recovered' | 'disabled'): ApiRefusal {
  return new ApiRefusal({
    status: 409,
    type: 'invalid_request_error',
    code: 'conflict',
    message:
      status === 'recovered'
        ? 'This salvage transaction is recovered: nothing is owed on it any more.'
        : 'This salvage transaction is disabled. Pay its invoice where money is still expected for it.',
  })
}
