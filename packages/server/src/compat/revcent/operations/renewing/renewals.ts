import { encodeId } from '@perennial/core/ids'
import Type from 'typebox'
import { operation, type Operation } from '../../calls/operation.ts'
import { FaceRefusal } from '../../face-refusal.ts'
import { listRenewalIds, readRenewals } from '../../queries/renewals.ts'
import { readRefunds } from '../../queries/transactions.ts'
import { idBounds } from '../../queries/window-ids.ts'
import { showRenewals } from '../../show/show-renewal.ts'
import { toMajor, toMinor } from '../../wire/amounts.ts'
import { toCode } from '../../wire/codes.ts'
import {
  amount,
  code,
  idAt,
  listQuery,
  nothing,
  pathId,
  strict,
  windowOf,
} from '../../wire/fields.ts'
import { toPage } from '../to-page.ts'

const what = 'subscription renewal'
const params = strict({ subscription_renewal_id: code('Id of the renewal.') })
const RefundBody = strict({ amount: Type.Optional(amount('Default: all that is left.')) })
const filters = {
  subscription_filter: 'Ids of subscriptions.',
  status_filter: 'Statuses of renewals.',
  currency_filter: 'ISO 4217 codes.',
} as const

export const renewalOperations: readonly Operation[] = [
  operation({
    name: 'GetSubscriptionRenewals',
    summary: 'List subscription renewals',
    method: 'GET',
    path: '/subscription_renewals',
    pair: { type: 'subscription_renewal', method: 'retrieve' },
    scope: 'subscriptions:read',
    schemas: { params: nothing, query: listQuery(filters), body: nothing },
    handle: async ({ context }, { query }) => {
      const window = windowOf(query)
      const filter = {
        subscriptionIds: (query.subscription_filter ?? []).map((value) => idAt('subscription_filter', value)), // prettier-ignore
        statuses: query.status_filter ?? [],
        currencies: query.currency_filter ?? [],
      }
      const { accountId } = context
      const bounds = idBounds(context.environment, window)
      return context.inTx(async (tx) => {
        const ids = await listRenewalIds(tx, accountId, { filter, window, bounds })
        const rows = await showRenewals(tx, accountId, ids.slice(0, window.limit))
        return toPage({ query, ids, rows })
      })
    },
  }),
  operation({
    name: 'GetSubscriptionRenewal',
    summary: 'Show a subscription renewal',
    method: 'GET',
    path: '/subscription_renewals/:subscription_renewal_id',
    pair: { type: 'subscription_renewal', method: 'retrieve' },
    scope: 'subscriptions:read',
    schemas: { params, query: nothing, body: nothing },
    handle: async ({ context }, { params: { subscription_renewal_id: text } }) => {
      const id = pathId(text, what)
      const [object] = await context.inTx((tx) => showRenewals(tx, context.accountId, [id]))
      if (object === undefined) throw FaceRefusal.notFound(what)
      return { kind: 'object', idName: 'subscription_renewal_id', object }
    },
  }),
  operation({
    name: 'RefundSubscriptionRenewal',
    summary: 'Refund a subscription renewal, whole or in part',
    method: 'POST',
    path: '/subscription_renewals/:subscription_renewal_id/refund',
    pair: { type: 'subscription_renewal', method: 'refund' },
    scope: 'refunds:write',
    schemas: { params, query: nothing, body: RefundBody },
    handle: async ({ v2, context }, { params: { subscription_renewal_id: text }, body }) => {
      const id = pathId(text, what)
      const { accountId } = context
      const [renewal] = await context.inTx((tx) => readRenewals(tx, accountId, [id]))
      if (renewal === undefined) throw FaceRefusal.notFound(what)
      const { currency, invoiceId } = renewal
      const part = body.amount === undefined ? {} : { amount_minor: Number(toMinor(body.amount, currency, 'amount')) } // prettier-ignore
      const invoiceIds = invoiceId === null ? [] : [invoiceId]
      const before = await context.inTx((tx) => readRefunds(tx, accountId, invoiceIds))
      // The processor is asked 72 hours after the payment (spec/revcent.md 10).
      await v2.send('POST', `/renewals/${encodeId('renewal', id)}/refund`, { mode: 'delayed', ...part }) // prettier-ignore
      const after = await context.inTx((tx) => readRefunds(tx, accountId, invoiceIds))
      const made = after.filter((one) => !before.some((known) => known.id === one.id))
      const refundedMinor = made.reduce((sum, one) => sum + one.amountMinor, 0n)
      return {
        kind: 'action',
        fields: {
          amount: toMajor(refundedMinor, currency),
          subscription_id: toCode(renewal.subscriptionId),
          subscription_renewal_id: text,
          pending_refund: made.map((one) => toCode(one.id)),
        },
        result: 'Subscription renewal refunded.',
      }
    },
  }),
]
