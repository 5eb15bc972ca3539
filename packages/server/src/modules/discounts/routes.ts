import Type from 'typebox'
import {
  acceptedOr,
  type ApiInstance,
  type ApiModule,
  ApiRefusal,
} from '../../platform/http/index.ts'
import { changeKept, createKept, readKept, type Kept, listKept } from '../../platform/kept/index.ts'
import { metaListOf, toMetaList, toPageRequest } from '../../platform/lists/index.ts'
import { discountErrors } from './errors.ts'
import {
  checkDiscount,
  DiscountCreateBody,
  DiscountItem,
  DiscountListQuery,
  DiscountParams,
  DiscountUpdateBody,
  toDiscountChange,
  toNewDiscount,
  toWireDiscount,
} from './schemas.ts'

const Answer = Type.Object({ data: DiscountItem })
const tags = ['Discounts']
const read = { scope: 'discounts:read' } as const
const write = { scope: 'discounts:write' } as const

const discounts: Kept<'discounts', 'code_taken'> = {
  table: 'discounts',
  kind: 'discount',
  toWire: toWireDiscount,
  unique: { constraint: 'discounts_code_unique', code: 'code_taken' },
  check: (_tx, _accountId, row) => checkDiscount(row),
}

export const discountsRoutes: ApiModule = (app, { loaders }) => {
  loaders.register('discount', async (context, id) => {
    const row = await readKept(context, discounts, id)
    return row === null ? null : { data: toWireDiscount(row) }
  })
  addReads(app)
  addWrites(app)
}

function addReads(app: ApiInstance): void {
  app.get(
    '/discounts',
    {
      config: read,
      schema: {
        tags,
        summary: 'List discounts',
        querystring: DiscountListQuery,
        response: { 200: metaListOf(DiscountItem, 'Discounts, newest first.') },
      },
    },
    async ({ context, query }) => {
      const request = toPageRequest(query)
      const statuses = statusesOf(query)
      const { accountId } = context
      const page = await context.inTx((tx) =>
        listKept(tx, { table: 'discounts', accountId, statuses, page: request }),
      )
      return toMetaList({ page, request, toItem: toWireDiscount })
    },
  )

  app.get(
    '/discounts/:id',
    {
      config: read,
      schema: {
        tags,
        summary: 'Show a discount',
        params: DiscountParams,
        response: { 200: Answer },
      },
    },
    async ({ context, params }) => {
      const row = await readKept(context, discounts, params.id)
      if (row === null) throw ApiRefusal.notFound('discount')
      return { data: toWireDiscount(row) }
    },
  )
}

function statusesOf(query: {
  readonly is_active?: boolean
  readonly is_archived?: boolean
}): readonly ('active' | 'inactive' | 'archived')[] {
  if (query.is_archived === true) return query.is_active === true ? [] : ['archived']
  if (query.is_active === undefined) return ['active', 'inactive']
  return [query.is_active ? 'active' : 'inactive']
}

function addWrites(app: ApiInstance): void {
  app.post(
    '/discounts',
    {
      config: write,
      schema: {
        tags,
        summary: 'Create a discount',
        body: DiscountCreateBody,
        response: { 201: Answer },
      },
    },
    async ({ context, body }, reply) => {
      const made = await createKept(context, discounts, toNewDiscount(body))
      return reply.code(201).send({ data: toWireDiscount(acceptedOr(made, discountErrors)) })
    },
  )

  app.patch(
    '/discounts/:id',
    {
      config: write,
      schema: {
        tags,
        summary: 'Change a discount',
        description: 'Code and type never change. Bills that are made already stay as they are.',
        params: DiscountParams,
        body: DiscountUpdateBody,
        response: { 200: Answer },
      },
    },
    async ({ context, params: { id }, body }) => {
      const change = {
        id,
        change: (before: Parameters<typeof toDiscountChange>[0]) => toDiscountChange(before, body),
      }
      const changed = await changeKept(context, discounts, change)
      return { data: toWireDiscount(acceptedOr(changed, discountErrors)) }
    },
  )

  app.delete(
    '/discounts/:id',
    {
      config: write,
      schema: {
        tags,
        summary: 'Archive a discount',
        description: 'It reduces no bill any more, and stays readable.',
        params: DiscountParams,
        response: { 200: Answer },
      },
    },
    async ({ context, params: { id } }) => {
      const change = { id, change: () => ({ status: 'archived' as const }) }
      const changed = await changeKept(context, discounts, change)
      return { data: toWireDiscount(acceptedOr(changed, discountErrors)) }
    },
  )
}
