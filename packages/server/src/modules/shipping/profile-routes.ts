import { isDeepStrictEqual } from 'node:util'
import type { ApiModule } from '../../platform/http/index.ts'
import {
  addArchiveRoute,
  addKeptRoutes,
  type KeptResource,
  listKept,
} from '../../platform/kept/index.ts'
import { cursorListOf, toCursorList, toPageRequest } from '../../platform/lists/index.ts'
import { refuseUnknownProducts } from '../catalog/index.ts'
import { shippingProfileErrors } from './errors.ts'
import {
  ShippingProfileCreateBody,
  ShippingProfileItem,
  ShippingProfileListQuery,
  ShippingProfileParams,
  ShippingProfileUpdateBody,
  toNewShippingProfile,
  toShippingProfileChange,
  toWireShippingProfile,
} from './profile-schemas.ts'
import { toStoredRates } from './stored-profile.ts'

const shippingProfiles = {
  kept: {
    table: 'shipping_profiles',
    kind: 'shipping_profile',
    toWire: toWireShippingProfile,
    unique: { constraint: 'shipping_profiles_name_unique', code: 'name_taken' },
    check: async (tx, { accountId }, { rates }, before) => {
      if (isDeepStrictEqual(rates, before?.rates)) return
      const named = toStoredRates(rates).flatMap(({ product_ids: ids }, rate) =>
        ids.map((id, index) => ({ id, param: `rates[${rate}].product_ids[${index}]` })),
      )
      await refuseUnknownProducts(tx, accountId, named)
    },
  },
  path: '/shipping-profiles',
  name: 'shipping profile',
  tag: 'Shipping',
  read: { scope: 'shipping:read' },
  write: { scope: 'shipping:write' },
  errors: shippingProfileErrors,
  params: ShippingProfileParams,
  item: ShippingProfileItem,
  toItem: toWireShippingProfile,
  create: {
    body: ShippingProfileCreateBody,
    toFields: (body, { account }) => toNewShippingProfile(body, account.currency),
  },
  change: {
    body: ShippingProfileUpdateBody,
    description: 'The currency never changes. Bills that are made already stay as they are.',
    toFields: toShippingProfileChange,
  },
} satisfies KeptResource<
  'shipping_profiles',
  'name_taken',
  typeof ShippingProfileCreateBody,
  typeof ShippingProfileUpdateBody
>

export const shippingProfileRoutes: ApiModule = (app, deps) => {
  app.get(
    shippingProfiles.path,
    {
      config: shippingProfiles.read,
      schema: {
        tags: [shippingProfiles.tag],
        summary: 'List shipping profiles',
        querystring: ShippingProfileListQuery,
        response: {
          200: cursorListOf(ShippingProfileItem, 'Profiles that are not archived, newest first.'),
        },
      },
    },
    async ({ context, query }) => {
      const { accountId } = context
      const statuses = ['active', 'inactive'] as const
      const page = await context.inTx((tx) =>
        listKept(tx, {
          table: 'shipping_profiles',
          accountId,
          statuses,
          page: toPageRequest(query),
        }),
      )
      return toCursorList({ page, url: '/v2/shipping-profiles', toItem: toWireShippingProfile })
    },
  )
  addKeptRoutes(app, deps, shippingProfiles)
  addArchiveRoute(app, shippingProfiles, 'No bill bears it any more; it stays readable.')
}
