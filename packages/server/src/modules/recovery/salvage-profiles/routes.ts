import Type from 'typebox'
import {
  acceptedOr,
  type ApiInstance,
  type ApiModule,
  ApiRefusal,
  type ErrorCatalogue,
  invalid,
  unknown,
} from '../../../platform/http/index.ts'
import {
  changeKept,
  createKept,
  readKept,
  type Kept,
  listKept,
} from '../../../platform/kept/index.ts'
import { cursorListOf, toCursorList, toPageRequest } from '../../../platform/lists/index.ts'
import {
  SalvageProfileCreateBody,
  SalvageProfileItem,
  SalvageProfileListQuery,
  SalvageProfileParams,
  SalvageProfileUpdateBody,
  toNewSalvageProfile,
  toSalvageProfileChange,
  toWireSalvageProfile,
} from './schemas.ts'

const salvageProfileErrors: ErrorCatalogue<'not_found' | 'name_taken'> = {
  not_found: unknown('salvage profile'),
  name_taken: invalid('Another salvage profile has this name. Choose another name.', 'name'),
}

const Answer = Type.Object({ data: SalvageProfileItem })
const tags = ['Salvage transactions']
const read = { scope: 'recovery:read' } as const
const write = { scope: 'recovery:write' } as const

const salvageProfiles: Kept<'salvage_profiles', 'name_taken'> = {
  table: 'salvage_profiles',
  kind: 'salvage_profile',
  toWire: toWireSalvageProfile,
  unique: { constraint: 'salvage_profiles_name_unique', code: 'name_taken' },
}

/** Salvage profiles: subscription profiles name them, and the recoveries of what follows these go by them. */
export const salvageProfileRoutes: ApiModule = (app, { loaders }) => {
  loaders.register('salvage_profile', async (context, id) => {
    const row = await readKept(context, salvageProfiles, id)
    return row === null ? null : { data: toWireSalvageProfile(row) }
  })
  addReads(app)
  addWrites(app)
}

function addReads(app: ApiInstance): void {
  app.get(
    '/salvage-profiles',
    {
      config: read,
      schema: {
        tags,
        summary: 'List salvage profiles',
        querystring: SalvageProfileListQuery,
        response: {
          200: cursorListOf(SalvageProfileItem, 'Profiles that are not archived, newest first.'),
        },
      },
    },
    async ({ context, query }) => {
      const { accountId } = context
      const statuses = ['active', 'inactive'] as const
      const page = await context.inTx((tx) =>
        listKept(tx, {
          table: 'salvage_profiles',
          accountId,
          statuses,
          page: toPageRequest(query),
        }),
      )
      return toCursorList({ page, url: '/v2/salvage-profiles', toItem: toWireSalvageProfile })
    },
  )

  app.get(
    '/salvage-profiles/:id',
    {
      config: read,
      schema: {
        tags,
        summary: 'Show a salvage profile',
        params: SalvageProfileParams,
        response: { 200: Answer },
      },
    },
    async ({ context, params }) => {
      const row = await readKept(context, salvageProfiles, params.id)
      if (row === null) throw ApiRefusal.notFound('salvage profile')
      return { data: toWireSalvageProfile(row) }
    },
  )
}

function addWrites(app: ApiInstance): void {
  app.post(
    '/salvage-profiles',
    {
      config: write,
      schema: {
        tags,
        summary: 'Create a salvage profile',
        body: SalvageProfileCreateBody,
        response: { 201: Answer },
      },
    },
    async ({ context, body }, reply) => {
      const fields = toNewSalvageProfile(body)
      const made = await createKept(context, salvageProfiles, fields)
      return reply
        .code(201)
        .send({ data: toWireSalvageProfile(acceptedOr(made, salvageProfileErrors)) })
    },
  )

  app.patch(
    '/salvage-profiles/:id',
    {
      config: write,
      schema: {
        tags,
        summary: 'Change a salvage profile',
        description:
          'Salvage transactions that are open go on by it from their next try on, which stays where it is planned.',
        params: SalvageProfileParams,
        body: SalvageProfileUpdateBody,
        response: { 200: Answer },
      },
    },
    async ({ context, params: { id }, body }) => {
      const change = () => toSalvageProfileChange(body)
      const changed = await changeKept(context, salvageProfiles, { id, change })
      return { data: toWireSalvageProfile(acceptedOr(changed, salvageProfileErrors)) }
    },
  )

  app.delete(
    '/salvage-profiles/:id',
    {
      config: write,
      schema: {
        tags,
        summary: 'Archive a salvage profile',
        description: 'Nothing is tried by it any more; it stays readable.',
        params: SalvageProfileParams,
        response: { 200: Answer },
      },
    },
    async ({ context, params: { id } }) => {
      const change = () => ({ status: 'archived' as const })
      const changed = await changeKept(context, salvageProfiles, { id, change })
      return { data: toWireSalvageProfile(acceptedOr(changed, salvageProfileErrors)) }
    },
  )
}
