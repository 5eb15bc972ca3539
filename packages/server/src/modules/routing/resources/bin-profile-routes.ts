import type { ApiModule } from '../../../platform/http/index.ts'
import { addDeleteRoute, addKeptRoutes, type KeptResource } from '../../../platform/kept/index.ts'
import { cursorListOf, toCursorList, toPageRequest } from '../../../platform/lists/index.ts'
import { routingErrors } from '../errors.ts'
import { listResources } from '../queries/resources.ts'
import {
  BinProfileCreateBody,
  BinProfileItem,
  BinProfileListQuery,
  BinProfileParams,
  BinProfileUpdateBody,
  BinProfileWithBins,
  linesOfRow,
  binProfiles,
  toBinProfileChange,
  toNewBinProfile,
  toWireBinProfile,
} from './bin-profiles.ts'

const resource = {
  kept: binProfiles,
  path: '/bin-profiles',
  name: 'BIN profile',
  tag: 'BIN profiles',
  read: { scope: 'routing:read' },
  write: { scope: 'routing:write' },
  errors: routingErrors,
  params: BinProfileParams,
  item: BinProfileWithBins,
  toItem: (row) => ({ ...toWireBinProfile(row), bins: linesOfRow(row) }),
  create: { body: BinProfileCreateBody, toFields: toNewBinProfile },
  change: { body: BinProfileUpdateBody, toFields: toBinProfileChange },
} satisfies KeptResource<
  'bin_profiles',
  'name_taken',
  typeof BinProfileCreateBody,
  typeof BinProfileUpdateBody
>

export const binProfileRoutes: ApiModule = (app, deps) => {
  app.get(
    resource.path,
    {
      config: resource.read,
      schema: {
        tags: [resource.tag],
        summary: 'List BIN profiles',
        querystring: BinProfileListQuery,
        response: { 200: cursorListOf(BinProfileItem, 'BIN profiles, newest first.') },
      },
    },
    async ({ context, query }) => {
      const { accountId } = context
      const page = await context.inTx((tx) =>
        listResources(tx, { table: 'bin_profiles', accountId, page: toPageRequest(query) }),
      )
      return toCursorList({ page, url: '/v2/bin-profiles', toItem: toWireBinProfile })
    },
  )
  addKeptRoutes(app, deps, resource)
  addDeleteRoute(app, resource)
}
