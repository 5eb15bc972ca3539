import Type from 'typebox'
import {
  type ApiInstance,
  type ApiModule,
  ApiRefusal,
  acceptedOr,
} from '../../platform/http/index.ts'
import { pageListOf, toPageList, toPageRequest } from '../../platform/lists/index.ts'
import { catalogErrors } from './errors.ts'
import { createProduct, updateProduct } from './product-commands.ts'
import { toChangedProduct, toKind, toProductDetails } from './product-requests.ts'
import {
  ProductCreateBody,
  ProductItem,
  ProductListQuery,
  ProductParams,
  ProductUpdateBody,
  toWireProduct,
} from './product-schemas.ts'
import { findProduct, listProducts } from './queries.ts'

const ProductAnswer = Type.Object({ data: ProductItem })
const tags = ['Products']
const read = { scope: 'products:read' } as const
const write = { scope: 'products:write' } as const

export const productsRoutes: ApiModule = (app, { loaders }) => {
  loaders.register('product', async (context, id) => {
    const product = await context.inTx((tx) =>
      findProduct(tx, { accountId: context.accountId, id }),
    )
    return product === null ? null : { data: toWireProduct(product) }
  })
  addReads(app)
  addWrites(app)
}

function addReads(app: ApiInstance): void {
  app.get(
    '/products',
    {
      config: read,
      schema: {
        tags,
        summary: 'List products',
        querystring: ProductListQuery,
        response: {
          200: pageListOf(ProductItem, 'Products, newest first; archived ones are left out.'),
        },
      },
    },
    async ({ context, query }) => {
      const page = toPageRequest(query)
      const filter = {
        search: query.search ?? null,
        kind: query.kind === undefined ? null : toKind(query.kind),
        isActive: query.is_active ?? null,
        isArchived: query.is_archived,
      }
      const found = await context.inTx((tx) =>
        listProducts(tx, { accountId: context.accountId, filter, page }),
      )
      return toPageList({ page: found, request: page, toItem: toWireProduct })
    },
  )

  app.get(
    '/products/:id',
    {
      config: read,
      schema: {
        tags,
        summary: 'Show a product',
        params: ProductParams,
        response: { 200: ProductAnswer },
      },
    },
    async ({ context, params }) => {
      const product = await context.inTx((tx) =>
        findProduct(tx, { accountId: context.accountId, id: params.id }),
      )
      if (product === null) throw ApiRefusal.notFound('product')
      return { data: toWireProduct(product) }
    },
  )
}

function addWrites(app: ApiInstance): void {
  app.post(
    '/products',
    {
      config: write,
      schema: {
        tags,
        summary: 'Create a product',
        body: ProductCreateBody,
        response: { 201: ProductAnswer },
      },
    },
    async ({ context, body }, reply) => {
      const decision = await createProduct(
        context,
        toProductDetails(body, context.account.currency),
      )
      return reply.code(201).send({ data: toWireProduct(acceptedOr(decision, catalogErrors)) })
    },
  )

  app.patch(
    '/products/:id',
    {
      config: write,
      schema: {
        tags,
        summary: 'Change a product',
        description: 'Running subscriptions keep the amount they were made with.',
        params: ProductParams,
        body: ProductUpdateBody,
        response: { 200: ProductAnswer },
      },
    },
    async ({ context, params, body }) => {
      const decision = await updateProduct(context, {
        id: params.id,
        change: (current) => toChangedProduct(current, body, context.now),
      })
      return { data: toWireProduct(acceptedOr(decision, catalogErrors)) }
    },
  )
}
