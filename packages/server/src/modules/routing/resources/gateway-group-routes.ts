import { changeKept, createKept, deleteKept, readKept } from '../../../platform/kept/index.ts'
import Type from 'typebox'
import { acceptedOr, type ApiInstance, ApiRefusal } from '../../../platform/http/index.ts'
import { cursorListOf, toCursorList, toPageRequest } from '../../../platform/lists/index.ts'
import { routingErrors } from '../errors.ts'
import { listResources } from '../queries/resources.ts'
import { DeletedResource, toDeleted } from './deleted-resource.ts'
import {
  GatewayGroupCreateBody,
  GatewayGroupItem,
  GatewayGroupListQuery,
  GatewayGroupParams,
  GatewayGroupUpdateBody,
  gatewayGroups,
  toGatewayGroupChange,
  toNewGatewayGroup,
  toWireGatewayGroup,
} from './gateway-groups.ts'

const Answer = Type.Object({ data: GatewayGroupItem })
const tags = ['Gateway groups']
const toAnswer = toWireGatewayGroup

export function addGatewayGroupRoutes(app: ApiInstance): void {
  addReads(app)
  addWrites(app)
}

function addReads(app: ApiInstance): void {
  app.get(
    '/gateway-groups',
    {
      config: { scope: 'routing:read' },
      schema: {
        tags,
        summary: 'List gateway groups',
        querystring: GatewayGroupListQuery,
        response: { 200: cursorListOf(GatewayGroupItem, 'Gateway groups, newest first.') },
      },
    },
    async ({ context, query }) => {
      const { accountId } = context
      const page = await context.inTx((tx) =>
        listResources(tx, { table: gatewayGroups.table, accountId, page: toPageRequest(query) }),
      )
      return toCursorList({ page, url: '/v2/gateway-groups', toItem: toWireGatewayGroup })
    },
  )

  app.get(
    '/gateway-groups/:id',
    {
      config: { scope: 'routing:read' },
      schema: {
        tags,
        summary: 'Show a gateway group',
        params: GatewayGroupParams,
        response: { 200: Answer },
      },
    },
    async ({ context, params }) => {
      const row = await readKept(context, gatewayGroups, params.id)
      if (row === null) throw ApiRefusal.notFound('gateway group')
      return { data: toAnswer(row) }
    },
  )
}

function addWrites(app: ApiInstance): void {
  app.post(
    '/gateway-groups',
    {
      config: { scope: 'routing:write' },
      schema: {
        tags,
        summary: 'Create a gateway group',
        body: GatewayGroupCreateBody,
        response: { 201: Answer },
      },
    },
    async ({ context, body }, reply) => {
      const made = await createKept(context, gatewayGroups, toNewGatewayGroup(body))
      return reply.code(201).send({ data: toAnswer(acceptedOr(made, routingErrors)) })
    },
  )

  app.patch(
    '/gateway-groups/:id',
    {
      config: { scope: 'routing:write' },
      schema: {
        tags,
        summary: 'Change a gateway group',
        params: GatewayGroupParams,
        body: GatewayGroupUpdateBody,
        response: { 200: Answer },
      },
    },
    async ({ context, params: { id }, body }) => {
      const change = () => toGatewayGroupChange(body)
      const changed = await changeKept(context, gatewayGroups, { id, change })
      return { data: toAnswer(acceptedOr(changed, routingErrors)) }
    },
  )

  app.delete(
    '/gateway-groups/:id',
    {
      config: { scope: 'routing:write' },
      schema: {
        tags,
        summary: 'Delete a gateway group',
        description: 'Refused while something uses it; the error names what.',
        params: GatewayGroupParams,
        response: { 200: Type.Object({ data: DeletedResource }) },
      },
    },
    async ({ context, params: { id } }) => {
      const deleted = await deleteKept(context, gatewayGroups, id)
      return { data: toDeleted('gateway_group', acceptedOr(deleted, routingErrors).id) }
    },
  )
}
