import {
  changeKept,
  createKept,
  deleteKept,
  type KeptRow,
  readKept,
} from '../../../platform/kept/index.ts'
import Type from 'typebox'
import { acceptedOr, type ApiInstance, ApiRefusal } from '../../../platform/http/index.ts'
import { cursorListOf, toCursorList, toPageRequest } from '../../../platform/lists/index.ts'
import { routingErrors } from '../errors.ts'
import { listResources } from '../queries/resources.ts'
import { DeletedResource, toDeleted } from './deleted-resource.ts'
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

const Answer = Type.Object({ data: BinProfileWithBins })
const tags = ['BIN profiles']
const toAnswer = (row: KeptRow<'bin_profiles'>) => ({
  ...toWireBinProfile(row),
  bins: linesOfRow(row),
})

export function addBinProfileRoutes(app: ApiInstance): void {
  addReads(app)
  addWrites(app)
}

function addReads(app: ApiInstance): void {
  app.get(
    '/bin-profiles',
    {
      config: { scope: 'routing:read' },
      schema: {
        tags,
        summary: 'List BIN profiles',
        querystring: BinProfileListQuery,
        response: { 200: cursorListOf(BinProfileItem, 'BIN profiles, newest first.') },
      },
    },
    async ({ context, query }) => {
      const { accountId } = context
      const page = await context.inTx((tx) =>
        listResources(tx, { table: binProfiles.table, accountId, page: toPageRequest(query) }),
      )
      return toCursorList({ page, url: '/v2/bin-profiles', toItem: toWireBinProfile })
    },
  )

  app.get(
    '/bin-profiles/:id',
    {
      config: { scope: 'routing:read' },
      schema: {
        tags,
        summary: 'Show a BIN profile',
        params: BinProfileParams,
        response: { 200: Answer },
      },
    },
    async ({ context, params }) => {
      const row = await readKept(context, binProfiles, params.id)
      if (row === null) throw ApiRefusal.notFound('BIN profile')
      return { data: toAnswer(row) }
    },
  )
}

function addWrites(app: ApiInstance): void {
  app.post(
    '/bin-profiles',
    {
      config: { scope: 'routing:write' },
      schema: {
        tags,
        summary: 'Create a BIN profile',
        body: BinProfileCreateBody,
        response: { 201: Answer },
      },
    },
    async ({ context, body }, reply) => {
      const made = await createKept(context, binProfiles, toNewBinProfile(body))
      return reply.code(201).send({ data: toAnswer(acceptedOr(made, routingErrors)) })
    },
  )

  app.patch(
    '/bin-profiles/:id',
    {
      config: { scope: 'routing:write' },
      schema: {
        tags,
        summary: 'Change a BIN profile',
        params: BinProfileParams,
        body: BinProfileUpdateBody,
        response: { 200: Answer },
      },
    },
    async ({ context, params: { id }, body }) => {
      const change = () => toBinProfileChange(body)
      const changed = await changeKept(context, binProfiles, { id, change })
      return { data: toAnswer(acceptedOr(changed, routingErrors)) }
    },
  )

  app.delete(
    '/bin-profiles/:id',
    {
      config: { scope: 'routing:write' },
      schema: {
        tags,
        summary: 'Delete a BIN profile',
        description: 'Refused while something uses it; the error names what.',
        params: BinProfileParams,
        response: { 200: Type.Object({ data: DeletedResource }) },
      },
    },
    async ({ context, params: { id } }) => {
      const deleted = await deleteKept(context, binProfiles, id)
      return { data: toDeleted('bin_profile', acceptedOr(deleted, routingErrors).id) }
    },
  )
}
