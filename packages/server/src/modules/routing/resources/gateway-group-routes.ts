import type { ApiModule } from '../../../platform/http/index.ts'
import { addDeleteRoute, addKeptRoutes, type KeptResource } from '../../../platform/kept/index.ts'
import { cursorListOf, toCursorList, toPageRequest } from '../../../platform/lists/index.ts'
import { routingErrors } from '../errors.ts'
import { listResources } from '../queries/resources.ts'
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

const resource = {
  kept: gatewayGroups,
  path: '/gateway-groups',
  name: 'gateway group',
  tag: 'Gateway groups',
  read: { scope: 'routing:read' },
  write: { scope: 'routing:write' },
  errors: routingErrors,
  params: GatewayGroupParams,
  item: GatewayGroupItem,
  toItem: toWireGatewayGroup,
  create: { body: GatewayGroupCreateBody, toFields: toNewGatewayGroup },
  change: { body: GatewayGroupUpdateBody, toFields: toGatewayGroupChange },
} satisfies KeptResource<
  'gateway_groups',
  'name_taken',
  typeof GatewayGroupCreateBody,
  typeof GatewayGroupUpdateBody
>

export const gatewayGroupRoutes: ApiModule = (app, deps) => {
  app.get(
    resource.path,
    {
      config: resource.read,
      schema: {
        tags: [resource.tag],
        summary: 'List gateway groups',
        querystring: GatewayGroupListQuery,
        response: { 200: cursorListOf(GatewayGroupItem, 'Gateway groups, newest first.') },
      },
    },
    async ({ context, query }) => {
      const { accountId } = context
      const page = await context.inTx((tx) =>
        listResources(tx, { table: 'gateway_groups', accountId, page: toPageRequest(query) }),
      )
      return toCursorList({ page, url: '/v2/gateway-groups', toItem: toWireGatewayGroup })
    },
  )
  addKeptRoutes(app, deps, resource)
  addDeleteRoute(app, resource)
}
