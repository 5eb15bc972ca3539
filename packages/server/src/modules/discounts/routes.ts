import { isDeepStrictEqual } from 'node:util'
import type { ApiModule } from '../../platform/http/index.ts'
import {
  addArchiveRoute,
  addKeptRoutes,
  type KeptResource,
  listKept,
} from '../../platform/kept/index.ts'
import { metaListOf, toMetaList, toPageRequest } from '../../platform/lists/index.ts'
import { refuseUnknownProducts } from '../catalog/index.ts'
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
import { toProductIds } from './stored-discount.ts'

const discounts = {
  kept: {
    table: 'discounts',
    kind: 'discount',
    toWire: toWireDiscount,
    unique: { constraint: 'discounts_code_unique', code: 'code_taken' },
    check: async (tx, { accountId }, row, before) => {
      checkDiscount(row)
      if (isDeepStrictEqual(row.product_ids, before?.product_ids)) return
      const ids = toProductIds(row.product_ids)
      const named = ids.map((id, index) => ({ id, param: `product_ids[${index}]` }))
      await refuseUnknownProducts(tx, accountId, named)
    },
  },
  path: '/discounts',
  name: 'discount',
  tag: 'Discounts',
  read: { scope: 'discounts:read' },
  write: { scope: 'discounts:write' },
  errors: discountErrors,
  params: DiscountParams,
  item: DiscountItem,
  toItem: toWireDiscount,
  create: { body: DiscountCreateBody, toFields: toNewDiscount },
  change: {
    body: DiscountUpdateBody,
    description: 'Code and type never change. Bills that are made already stay as they are.',
    toFields: toDiscountChange,
  },
} satisfies KeptResource<
  'discounts',
  'code_taken',
  typeof DiscountCreateBody,
  typeof DiscountUpdateBody
>

export const discountsRoutes: ApiModule = (app, deps) => {
  app.get(
    discounts.path,
    {
      config: discounts.read,
      schema: {
        tags: [discounts.tag],
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
  addKeptRoutes(app, deps, discounts)
  addArchiveRoute(app, discounts, 'It reduces no bill any more, and stays readable.')
}

function statusesOf(query: {
  readonly is_active?: boolean
  readonly is_archived?: boolean
}): readonly ('active' | 'inactive' | 'archived')[] {
  if (query.is_archived === true) return query.is_active === true ? [] : ['archived']
  if (query.is_active === undefined) return ['active', 'inactive']
  return [query.is_active ? 'active' : 'inactive']
}
