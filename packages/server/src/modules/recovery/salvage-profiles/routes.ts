import { type ApiModule, invalid } from '../../../platform/http/index.ts'
import {
  addArchiveRoute,
  addKeptRoutes,
  type KeptResource,
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

const salvageProfiles = {
  kept: {
    table: 'salvage_profiles',
    kind: 'salvage_profile',
    toWire: toWireSalvageProfile,
    unique: { constraint: 'salvage_profiles_name_unique', code: 'name_taken' },
  },
  path: '/salvage-profiles',
  name: 'salvage profile',
  tag: 'Salvage transactions',
  read: { scope: 'recovery:read' },
  write: { scope: 'recovery:write' },
  errors: {
    name_taken: invalid('Another salvage profile has this name. Choose another name.', 'name'),
  },
  params: SalvageProfileParams,
  item: SalvageProfileItem,
  toItem: toWireSalvageProfile,
  create: { body: SalvageProfileCreateBody, toFields: toNewSalvageProfile },
  change: {
    body: SalvageProfileUpdateBody,
    description:
      'Salvage transactions that are open go on by it from their next try on, which stays where it is planned.',
    toFields: toSalvageProfileChange,
  },
} satisfies KeptResource<
  'salvage_profiles',
  'name_taken',
  typeof SalvageProfileCreateBody,
  typeof SalvageProfileUpdateBody
>

/** Salvage profiles: subscription profiles name them, and the recoveries of what follows these go by them. */
export const salvageProfileRoutes: ApiModule = (app, deps) => {
  app.get(
    salvageProfiles.path,
    {
      config: salvageProfiles.read,
      schema: {
        tags: [salvageProfiles.tag],
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
  addKeptRoutes(app, deps, salvageProfiles)
  addArchiveRoute(app, salvageProfiles, 'Nothing is tried by it any more; it stays readable.')
}
