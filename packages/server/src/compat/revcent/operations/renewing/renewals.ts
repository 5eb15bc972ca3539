import { encodeId } from '@perennial/core/ids'
import { idBounds } from '../../../../platform/lists/index.ts'
import { operation, type Operation } from '../../calls/operation.ts'
import { FaceRefusal } from '../../face-refusal.ts'
import { listRenewalIds, readRenewals } from '../../queries/renewals.ts'
import { RENEWAL_STATUSES, showRenewals } from '../../show/show-renewal.ts'
import { toCode } from '../../wire/codes.ts'
import { code, idAt, listQuery, nothing, pathId, strict, windowOf } from '../../wire/fields.ts'
import { RefundBody, showRefunds, wishOf } from '../refund.ts'
import { toPage } from '../to-page.ts'

const what = 'subscription renewal'
const params = strict({ subscription_renewal_id: code('Id of the renewal.') })
const filters = {
  subscription_filter: 'Ids of subscriptions.',
  status_filter: { description: 'Statuses.', values: RENEWAL_STATUSES },
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
      const { currency } = renewal
      const path = `/renewals/${encodeId('renewal', id)}/refund`
      const answer = await v2.send('POST', path, wishOf(body, currency))
      return {
        kind: 'action',
        fields: {
          ...showRefunds(answer, currency),
          subscription_id: toCode(renewal.subscriptionId),
          subscription_renewal_id: text,
        },
        result: 'Subscription renewal refunded.',
      }
    },
  }),
]
