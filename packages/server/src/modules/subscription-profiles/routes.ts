import type { CommandContext } from '../../platform/command/index.ts'
import { encodeId, type Uuid } from '@perennial/core/ids'
import Type from 'typebox'
import {
  acceptedOr,
  type ApiInstance,
  type ApiModule,
  ApiRefusal,
} from '../../platform/http/index.ts'
import { cursorListOf, toCursorList, toPageRequest } from '../../platform/lists/index.ts'
import { archiveProfile, changeProfile, createProfile, deleteProfile } from './change-profiles.ts'
import { profileErrors } from './errors.ts'
import { findProfile, listProfiles } from './queries.ts'
import {
  ProfileCreateBody,
  ProfileItem,
  ProfileListQuery,
  ProfileParams,
  ProfileUpdateBody,
  toNewProfile,
  toProfileChange,
} from './schemas.ts'
import { toWireProfile } from './wire.ts'

const Answer = Type.Object({ data: ProfileItem })
const Deleted = Type.Object({
  data: Type.Object({
    id: Type.String({ description: 'Id of the profile.' }),
    deleted: Type.Literal(true, { description: 'Always true.' }),
  }),
})
const tags = ['Subscription profiles']
const read = { scope: 'subscriptions:read' } as const
const write = { scope: 'subscriptions:write' } as const

export const subscriptionProfilesRoutes: ApiModule = (app, { loaders }) => {
  loaders.register('subscription_profile', async (context, id) => {
    const profile = await find(context, id)
    return profile === null ? null : { data: toWireProfile(profile) }
  })
  addReads(app)
  addWrites(app)
  addEnds(app)
}

function find(context: CommandContext, id: Uuid) {
  const { accountId } = context
  return context.inTx((tx) => findProfile(tx, { accountId, id }))
}

function addReads(app: ApiInstance): void {
  app.get(
    '/subscription-profiles',
    {
      config: read,
      schema: {
        tags,
        summary: 'List subscription profiles',
        querystring: ProfileListQuery,
        response: {
          200: cursorListOf(ProfileItem, 'Profiles that are not archived, newest first.'),
        },
      },
    },
    async ({ context, query }) => {
      const { accountId } = context
      const page = await context.inTx((tx) =>
        listProfiles(tx, { accountId, page: toPageRequest(query) }),
      )
      return toCursorList({ page, url: '/v2/subscription-profiles', toItem: toWireProfile })
    },
  )

  app.get(
    '/subscription-profiles/:id',
    {
      config: read,
      schema: {
        tags,
        summary: 'Show a subscription profile',
        params: ProfileParams,
        response: { 200: Answer },
      },
    },
    async ({ context, params }) => {
      const profile = await find(context, params.id)
      if (profile === null) throw ApiRefusal.notFound('subscription profile')
      return { data: toWireProfile(profile) }
    },
  )
}

function addWrites(app: ApiInstance): void {
  app.post(
    '/subscription-profiles',
    {
      config: write,
      schema: {
        tags,
        summary: 'Create a subscription profile',
        body: ProfileCreateBody,
        response: { 201: Answer },
      },
    },
    async ({ context, body }, reply) => {
      const made = await createProfile(context, toNewProfile(body))
      return reply.code(201).send({ data: toWireProfile(acceptedOr(made, profileErrors)) })
    },
  )

  app.patch(
    '/subscription-profiles/:id',
    {
      config: write,
      schema: {
        tags,
        summary: 'Change a subscription profile',
        description:
          'Another version of it, which holds at once for every subscription that follows it. Dates that are set stay.',
        params: ProfileParams,
        body: ProfileUpdateBody,
        response: { 200: Answer },
      },
    },
    async ({ context, params: { id }, body }) => {
      const changed = await changeProfile(context, { id, change: toProfileChange(body) })
      return { data: toWireProfile(acceptedOr(changed, profileErrors)) }
    },
  )
}

function addEnds(app: ApiInstance): void {
  app.post(
    '/subscription-profiles/:id/archive',
    {
      config: write,
      schema: {
        tags,
        summary: 'Archive a subscription profile',
        description: 'Nothing is sold by it any more; what follows it goes on.',
        params: ProfileParams,
        response: { 200: Answer },
      },
    },
    async ({ context, params: { id } }) => ({
      data: toWireProfile(acceptedOr(await archiveProfile(context, id), profileErrors)),
    }),
  )

  app.delete(
    '/subscription-profiles/:id',
    {
      config: write,
      schema: {
        tags,
        summary: 'Delete a subscription profile',
        description: 'Refused once anything uses it; the error names what.',
        params: ProfileParams,
        response: { 200: Deleted },
      },
    },
    async ({ context, params: { id } }) => {
      const deleted = acceptedOr(await deleteProfile(context, id), profileErrors)
      return { data: { id: encodeId('subscription_profile', deleted), deleted: true as const } }
    },
  )
}
