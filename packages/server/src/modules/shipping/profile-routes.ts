import Type from 'typebox'
import { acceptedOr, type ApiInstance, ApiRefusal } from '../../platform/http/index.ts'
import { changeKept, createKept, readKept, type Kept, listKept } from '../../platform/kept/index.ts'
import { cursorListOf, toCursorList, toPageRequest } from '../../platform/lists/index.ts'
import { shippingErrors } from './errors.ts'
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

const Answer = Type.Object({ data: ShippingProfileItem })
const tags = ['Shipping']
const read = { scope: 'shipping:read' } as const
const write = { scope: 'shipping:write' } as const

export const shippingProfiles: Kept<'shipping_profiles', 'name_taken'> = {
  table: 'shipping_profiles',
  kind: 'shipping_profile',
  toWire: toWireShippingProfile,
  unique: { constraint: 'shipping_profiles_name_unique', code: 'name_taken' },
}

export function addShippingProfileRoutes(app: ApiInstance): void {
  addReads(app)
  addWrites(app)
}

function addReads(app: ApiInstance): void {
  app.get(
    '/shipping-profiles',
    {
      config: read,
      schema: {
        tags,
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

  app.get(
    '/shipping-profiles/:id',
    {
      config: read,
      schema: {
        tags,
        summary: 'Show a shipping profile',
        params: ShippingProfileParams,
        response: { 200: Answer },
      },
    },
    async ({ context, params }) => {
      const row = await readKept(context, shippingProfiles, params.id)
      if (row === null) throw ApiRefusal.notFound('shipping profile')
      return { data: toWireShippingProfile(row) }
    },
  )
}

function addWrites(app: ApiInstance): void {
  app.post(
    '/shipping-profiles',
    {
      config: write,
      schema: {
        tags,
        summary: 'Create a shipping profile',
        body: ShippingProfileCreateBody,
        response: { 201: Answer },
      },
    },
    async ({ context, body }, reply) => {
      const fields = toNewShippingProfile(body, context.account.currency)
      const made = await createKept(context, shippingProfiles, fields)
      return reply.code(201).send({ data: toWireShippingProfile(acceptedOr(made, shippingErrors)) })
    },
  )

  app.patch(
    '/shipping-profiles/:id',
    {
      config: write,
      schema: {
        tags,
        summary: 'Change a shipping profile',
        description: 'The currency never changes. Bills that are made already stay as they are.',
        params: ShippingProfileParams,
        body: ShippingProfileUpdateBody,
        response: { 200: Answer },
      },
    },
    async ({ context, params: { id }, body }) => {
      const change = () => toShippingProfileChange(body)
      const changed = await changeKept(context, shippingProfiles, { id, change })
      return { data: toWireShippingProfile(acceptedOr(changed, shippingErrors)) }
    },
  )

  app.delete(
    '/shipping-profiles/:id',
    {
      config: write,
      schema: {
        tags,
        summary: 'Archive a shipping profile',
        description: 'No bill bears it any more; it stays readable.',
        params: ShippingProfileParams,
        response: { 200: Answer },
      },
    },
    async ({ context, params: { id } }) => {
      const change = () => ({ status: 'archived' as const })
      const changed = await changeKept(context, shippingProfiles, { id, change })
      return { data: toWireShippingProfile(acceptedOr(changed, shippingErrors)) }
    },
  )
}
