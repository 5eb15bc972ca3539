import {
  type ApiInstance,
  type ApiModule,
  ApiRefusal,
  acceptedOr,
} from '../../platform/http/index.ts'
import { cursorListOf, toCursorList, toPageRequest } from '../../platform/lists/index.ts'
import { catalogErrors } from './errors.ts'
import { createPrice, updatePrice } from './price-commands.ts'
import { toChangedPrice, toNewPrice } from './price-requests.ts'
import {
  PriceCreateBody,
  PriceItem,
  PriceListQuery,
  PriceParams,
  PriceUpdateBody,
  toWirePrice,
} from './price-schemas.ts'
import { findPrice, listPrices } from './queries.ts'

const tags = ['Prices']
const read = { scope: 'prices:read' } as const
const write = { scope: 'prices:write' } as const

/** Prices answer bare, without an envelope (revkeen 3.3). */
export const pricesRoutes: ApiModule = (app, { loaders }) => {
  loaders.register('price', async (context, id) => {
    const price = await context.inTx((tx) => findPrice(tx, { accountId: context.accountId, id }))
    return price === null ? null : toWirePrice(price)
  })
  addReads(app)
  addWrites(app)
}

function addReads(app: ApiInstance): void {
  app.get(
    '/prices',
    {
      config: read,
      schema: {
        tags,
        summary: 'List prices',
        querystring: PriceListQuery,
        response: { 200: cursorListOf(PriceItem, 'Prices, newest first.') },
      },
    },
    async ({ context, query }) => {
      const filter = {
        productId: query.product_id ?? null,
        type: query.type ?? null,
        pricingModel: query.pricing_model ?? null,
        active: query.active ?? null,
        currency: query.currency ?? null,
        lookupKey: query.lookup_key ?? null,
      }
      const page = await context.inTx((tx) =>
        listPrices(tx, { accountId: context.accountId, filter, page: toPageRequest(query) }),
      )
      return toCursorList({ page, url: '/v2/prices', toItem: toWirePrice })
    },
  )

  app.get(
    '/prices/:id',
    {
      config: read,
      schema: { tags, summary: 'Show a price', params: PriceParams, response: { 200: PriceItem } },
    },
    async ({ context, params }) => {
      const price = await context.inTx((tx) =>
        findPrice(tx, { accountId: context.accountId, id: params.id }),
      )
      if (price === null) throw ApiRefusal.notFound('price')
      return toWirePrice(price)
    },
  )
}

function addWrites(app: ApiInstance): void {
  app.post(
    '/prices',
    {
      config: write,
      schema: {
        tags,
        summary: 'Create a price',
        body: PriceCreateBody,
        response: { 201: PriceItem },
      },
    },
    async ({ context, body }, reply) => {
      const request = acceptedOr(toNewPrice(body, context.account.currency), catalogErrors)
      const decision = await createPrice(context, request)
      return reply.code(201).send(toWirePrice(acceptedOr(decision, catalogErrors)))
    },
  )

  app.patch(
    '/prices/:id',
    {
      config: write,
      schema: {
        tags,
        summary: 'Change the labels of a price',
        description: 'Amounts never change; make a new price for a new amount.',
        params: PriceParams,
        body: PriceUpdateBody,
        response: { 200: PriceItem },
      },
    },
    async ({ context, params, body }) => {
      const decision = await updatePrice(context, {
        id: params.id,
        change: (current) => toChangedPrice(current, body, context.now),
      })
      return toWirePrice(acceptedOr(decision, catalogErrors))
    },
  )

  app.delete(
    '/prices/:id',
    {
      config: write,
      schema: {
        tags,
        summary: 'Archive a price',
        description: 'Running subscriptions keep it.',
        params: PriceParams,
        response: { 200: PriceItem },
      },
    },
    async ({ context, params }) => {
      const decision = await updatePrice(context, {
        id: params.id,
        change: (current) => toChangedPrice(current, { active: false }, context.now),
      })
      return toWirePrice(acceptedOr(decision, catalogErrors))
    },
  )
}
