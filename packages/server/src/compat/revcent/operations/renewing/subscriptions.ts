import { encodeId, type Uuid } from '@perennial/core/ids'
import { formatInstant } from '@perennial/core/time'
import Type from 'typebox'
import { findSubscription } from '../../../../modules/subscriptions/index.ts'
import { idBounds } from '../../../../platform/lists/index.ts'
import { operation, type Caller, type Json, type Operation } from '../../calls/operation.ts'
import { FaceRefusal } from '../../face-refusal.ts'
import { listRenewalIdsOf } from '../../queries/renewals.ts'
import { listSubscriptionIds, listSubscriptionIdsOf } from '../../queries/subscriptions.ts'
import { showSubscriptions, STATUSES_OF } from '../../show/show-subscription.ts'
import { Address, fromShipTo } from '../../wire/addresses.ts'
import { toMinor } from '../../wire/amounts.ts'
import { readCode, toCode } from '../../wire/codes.ts'
import {
  amount,
  code,
  dateTime,
  idAt,
  instantAt,
  listQuery,
  nothing,
  pathId,
  strict,
  windowOf,
} from '../../wire/fields.ts'
import { toPage } from '../to-page.ts'

const what = 'subscription'
const params = strict({ subscription_id: code('Id of the subscription.') })
const HITS_MAX = 25

const EditBody = strict({
  subscription_profile: Type.Optional(code('The profile to follow from now on.')),
  coupon: Type.Optional(
    Type.Array(code('Id of a coupon.'), {
      maxItems: 20,
      description: 'All of its coupons, in order.',
    }),
  ),
  amount: Type.Optional(amount('What a renewal costs from now on.')),
  next_renewal_date: Type.Optional(dateTime('When it renews next.')),
  ship_to: Type.Optional(Address),
})

const filters = {
  status_filter: { description: 'Statuses.', values: Object.keys(STATUSES_OF) },
  customer_filter: 'Ids of customers.',
  product_filter: 'Ids of products.',
  subscription_profile_filter: 'Ids of subscription profiles.',
  currency_filter: 'ISO 4217 codes.',
  campaign_filter: 'Campaigns that they were sold in.',
  shop_filter: 'Shops that they were sold in.',
  product_group_filter: 'Groups of products.',
  customer_group_filter: 'Groups of customers.',
} as const

async function show({ context }: Caller, id: Uuid) {
  const [found] = await context.inTx((tx) => showSubscriptions(tx, context.accountId, [id]))
  if (found === undefined) throw FaceRefusal.notFound(what)
  return found
}

/** Renew, suspend, activate and cancel: an empty body, and what `/v2` does by another name. */
function move(given: {
  readonly name: string
  readonly verb: 'renew' | 'suspend' | 'activate' | 'cancel'
  readonly ours: string
  readonly result: string
}): Operation {
  const { verb, ours, result } = given
  return operation({
    name: given.name,
    summary: `${verb.charAt(0).toUpperCase()}${verb.slice(1)} a subscription`,
    method: 'POST',
    path: `/subscriptions/:subscription_id/${verb}`,
    pair: { type: 'subscription', method: verb },
    scope: 'subscriptions:write',
    schemas: { params, query: nothing, body: nothing },
    handle: async ({ v2, context }, { params: { subscription_id: text } }) => {
      const id = pathId(text, what)
      await v2.send('POST', `/subscriptions/${encodeId('subscription', id)}/${ours}`)
      if (verb !== 'renew') return { kind: 'action', fields: { subscription_id: text }, result }
      const of = { subscriptionIds: [id], limitEach: 1 }
      const [renewal] = await context.inTx((tx) => listRenewalIdsOf(tx, context.accountId, of))
      const renewalId = renewal === undefined ? null : toCode(renewal.id)
      return { kind: 'action', fields: { subscription_id: text, subscription_renewal_id: renewalId }, result } // prettier-ignore
    },
  })
}

export const subscriptionOperations: readonly Operation[] = [
  operation({
    name: 'GetSubscriptions',
    summary: 'List subscriptions',
    method: 'GET',
    path: '/subscriptions',
    pair: { type: 'subscription', method: 'retrieve' },
    scope: 'subscriptions:read',
    schemas: { params: nothing, query: listQuery(filters), body: nothing },
    handle: async ({ context }, { query }) => {
      const window = windowOf(query)
      const idsAt = (field: keyof typeof filters) => (query[field] ?? []).map((value) => idAt(field, value)) // prettier-ignore
      const filter = {
        statuses: (query.status_filter ?? []).flatMap((status) => STATUSES_OF[status] ?? []),
        customerIds: idsAt('customer_filter'),
        productIds: idsAt('product_filter'),
        profileIds: idsAt('subscription_profile_filter'),
        currencies: query.currency_filter ?? [],
        campaigns: query.campaign_filter ?? [],
        shops: query.shop_filter ?? [],
        productGroups: query.product_group_filter ?? [],
        customerGroups: query.customer_group_filter ?? [],
      }
      const { accountId } = context
      const bounds = idBounds(context.environment, window)
      return context.inTx(async (tx) => {
        const ids = await listSubscriptionIds(tx, accountId, { filter, window, bounds })
        const rows = await showSubscriptions(tx, accountId, ids.slice(0, window.limit))
        return toPage({ query, ids, rows })
      })
    },
  }),
  operation({
    name: 'SearchSubscriptions',
    summary: 'Find subscriptions by id, or by name or e-mail of the customer',
    method: 'GET',
    path: '/subscriptions/search',
    pair: { type: 'subscription', method: 'search' },
    scope: 'subscriptions:read',
    schemas: {
      params: nothing,
      query: strict({ term: Type.String({ minLength: 1, maxLength: 200, description: 'What to look for.' }) }),
      body: nothing,
    },
    handle: async (caller, { query: { term } }) => search(caller, term),
  }),
  operation({
    name: 'GetSubscription',
    summary: 'Show a subscription',
    method: 'GET',
    path: '/subscriptions/:subscription_id',
    pair: { type: 'subscription', method: 'retrieve' },
    scope: 'subscriptions:read',
    schemas: { params, query: nothing, body: nothing },
    handle: async (caller, { params: { subscription_id: text } }) => {
      const object = await show(caller, pathId(text, what))
      return { kind: 'object', idName: 'subscription_id', object }
    },
  }),
  operation({
    name: 'EditSubscription',
    summary: 'Edit what a subscription costs, when it renews, by which profile, and where its goods go',
    method: 'POST',
    path: '/subscriptions/:subscription_id',
    pair: { type: 'subscription', method: 'edit' },
    scope: 'subscriptions:write',
    schemas: { params, query: nothing, body: EditBody },
    handle: async (caller, { params: { subscription_id: text }, body }) => {
      const id = pathId(text, what)
      await edit(caller, id, body)
      return { kind: 'action', fields: { subscription_id: text }, result: 'Subscription edited.' }
    },
  }),
  move({ name: 'RenewSubscription', verb: 'renew', ours: 'renew', result: 'Subscription renewed.' }),
  move({ name: 'SuspendSubscription', verb: 'suspend', ours: 'suspend', result: 'Subscription suspended.' }),
  move({ name: 'ActivateSubscription', verb: 'activate', ours: 'activate', result: 'Subscription activated.' }),
  move({ name: 'CancelSubscription', verb: 'cancel', ours: 'cancel-now', result: 'Subscription cancelled.' }),
] // prettier-ignore

async function edit(
  { v2, context }: Caller,
  id: Uuid,
  body: {
    readonly subscription_profile?: string
    readonly coupon?: readonly string[]
    readonly amount?: number
    readonly next_renewal_date?: string
    readonly ship_to?: Address
  },
): Promise<void> {
  const { subscription_profile: profile, amount: major, next_renewal_date: next, ship_to: shipTo } = body // prettier-ignore
  const found = await context.inTx((tx) => findSubscription(tx, context.accountId, id))
  if (found === null) throw FaceRefusal.notFound(what)
  const change: Json = {
    ...(profile === undefined ? {} : { subscription_profile_id: idAt('subscription_profile', profile) }), // prettier-ignore
    ...(major === undefined ? {} : { amount_minor: Number(toMinor(major, found.currency, 'amount')) }), // prettier-ignore
    ...(next === undefined ? {} : { next_renewal_at: formatInstant(instantAt('next_renewal_date', next)) }), // prettier-ignore
    ...(shipTo === undefined ? {} : { ship_to: fromShipTo(shipTo) }),
  }
  if (Object.keys(body).length === 0) throw FaceRefusal.invalid('Say what is to be changed.')
  const path = `/subscriptions/${encodeId('subscription', id)}/edit`
  const { removed, added } = couponChange(found.extras?.discountIds ?? [], body.coupon)
  // What only moves to another place is in both.
  await v2.send('POST', path, {
    ...change,
    ...(removed.length === 0 ? {} : { remove_discounts: removed }),
    ...(added.length === 0 ? {} : { add_discounts: added }),
  })
}

/** From the first coupon on that differs: those it has are taken away, and those it is to have are given. */
function couponChange(current: readonly Uuid[], wanted: readonly string[] | undefined) {
  if (wanted === undefined) return { removed: [], added: [] }
  const ids = wanted.map((value) => idAt('coupon', value))
  const differs = current.findIndex((id, place) => id !== ids[place])
  const kept = differs === -1 ? current.length : differs
  const ours = (list: readonly Uuid[]) => list.slice(kept).map((id) => encodeId('discount', id))
  return { removed: ours(current), added: ours(ids) }
}

/** By its own id, or by its customer; the best match first. */
async function search({ v2, context }: Caller, term: string): ReturnType<Operation['run']> {
  const { accountId } = context
  const page = { page: 1, limit: HITS_MAX, hasMore: false }
  const customers = await v2.get(`/customers?limit=${HITS_MAX}&search=${encodeURIComponent(term)}`)
  const data = customers.at('data')
  const found = Array.isArray(data) ? data.length : 0
  const customerIds = Array.from({ length: found }, (_, index) => customers.idAt('customer', `data.${index}.id`)) // prettier-ignore
  return context.inTx(async (tx) => {
    const exact = readCode(term)
    const hits = await listSubscriptionIdsOf(tx, accountId, { customerIds, limit: HITS_MAX })
    const byCustomer = hits
      .map(({ id, customerId }) => ({ id, rank: customerIds.indexOf(customerId) }))
      .toSorted((a, b) => a.rank - b.rank)
    const ids = [...(exact === null ? [] : [exact]), ...byCustomer.map(({ id }) => id)]
    const shown = await showSubscriptions(tx, accountId, [...new Set(ids)].slice(0, HITS_MAX))
    const rows = shown.map((object, index) => ({
      ...object,
      score: 1 / (index + 1),
      highlights: [term],
    }))
    return { kind: 'list', rows, page }
  })
}
