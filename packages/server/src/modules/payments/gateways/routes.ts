import Type from 'typebox'
import type { Clock } from '../../../platform/clock/index.ts'
import { type ApiInstance, ApiRefusal, acceptedOr } from '../../../platform/http/index.ts'
import { cursorListOf, toCursorList, toPageRequest } from '../../../platform/lists/index.ts'
import { given } from '../../../platform/wire/index.ts'
import { findGatewayAccount, listGatewayAccounts } from '../queries/gateway-accounts.ts'
import { archiveGateway, setGatewayEnabled, updateGateway } from './change-gateway.ts'
import type { GatewayDeps } from './check-connection.ts'
import { createGateway } from './create-gateway.ts'
import { gatewayErrors } from './errors.ts'
import type { GatewayAccount } from './gateway-account.ts'
import { rotateCredentials } from './rotate-credentials.ts'
import {
  GatewayCreateBody,
  GatewayCredentialsBody,
  GatewayItem,
  GatewayListQuery,
  GatewayParams,
  GatewayUpdateBody,
  toGatewaySettings,
  VendorItem,
} from './schemas.ts'
import { toShownGateway, toWireVendor } from './wire.ts'

const GatewayAnswer = Type.Object({ data: GatewayItem })
const tags = ['Gateways']

/** What a gateway is connected with and `PATCH` does not change. */
const CHANGED_BY = {
  credentials: 'POST /v2/gateways/{id}/credentials',
  enabled: 'POST /v2/gateways/{id}/enable or …/disable',
}

type RouteDeps = GatewayDeps & { readonly clock: Clock; readonly publicUrl: string }

export function addGatewayRoutes(app: ApiInstance, deps: RouteDeps): void {
  addReads(app, deps)
  addWrites(app, deps)
  addCredentials(app, deps)
  addArchive(app, deps)
  addSwitches(app, deps)
}

function addReads(app: ApiInstance, { vendors, publicUrl }: RouteDeps): void {
  app.get(
    '/gateways/vendors',
    {
      config: { scope: 'gateways:read' },
      schema: {
        tags,
        summary: 'List the kinds of gateways that can be connected',
        response: { 200: Type.Object({ data: Type.Array(VendorItem, { description: 'Kinds.' }) }) },
      },
    },
    async () => ({ data: vendors.map(toWireVendor) }),
  )

  app.get(
    '/gateways',
    {
      config: { scope: 'gateways:read' },
      schema: {
        tags,
        summary: 'List gateways',
        querystring: GatewayListQuery,
        response: { 200: cursorListOf(GatewayItem, 'Gateways, newest first.') },
      },
    },
    async ({ context, query }) => {
      const filter = {
        kind: query.kind ?? null,
        includeArchived: query.include_archived ?? false,
      }
      const { accountId } = context
      const page = await context.inTx((tx) =>
        listGatewayAccounts(tx, { accountId, filter, page: toPageRequest(query) }),
      )
      const toItem = (gateway: GatewayAccount) => toShownGateway(gateway, { publicUrl, accountId })
      return toCursorList({ page, url: '/v2/gateways', toItem })
    },
  )

  app.get(
    '/gateways/:id',
    {
      config: { scope: 'gateways:read' },
      schema: {
        tags,
        summary: 'Show a gateway',
        params: GatewayParams,
        response: { 200: GatewayAnswer },
      },
    },
    async ({ context, params: { id } }) => {
      const { accountId } = context
      const gateway = await context.inTx((tx) => findGatewayAccount(tx, { accountId, id }))
      if (gateway === null) throw ApiRefusal.notFound('gateway')
      return { data: toShownGateway(gateway, { publicUrl, accountId }) }
    },
  )
}

function addWrites(app: ApiInstance, deps: RouteDeps): void {
  const { publicUrl } = deps
  app.post(
    '/gateways',
    {
      config: { scope: 'gateways:write' },
      schema: {
        tags,
        summary: 'Connect a gateway',
        description:
          'The credentials are tried at the gateway before they are kept, sealed at rest, and shown masked from then on.',
        body: GatewayCreateBody,
        response: { 201: GatewayAnswer },
      },
    },
    async ({ context, body }, reply) => {
      const decision = await createGateway(deps, context, {
        kind: body.kind,
        code: body.code ?? null,
        settings: { ...toGatewaySettings(body), name: body.name },
        credentials: body.credentials,
        baseUrl: body.base_url ?? null,
        isEnabled: body.enabled ?? true,
      })
      const gateway = acceptedOr(decision, gatewayErrors)
      const { accountId } = context
      return reply.code(201).send({ data: toShownGateway(gateway, { publicUrl, accountId }) })
    },
  )

  app.patch(
    '/gateways/:id',
    {
      config: { scope: 'gateways:write', changedBy: CHANGED_BY },
      schema: {
        tags,
        summary: 'Change what a gateway costs, how much it may be used, or its name',
        params: GatewayParams,
        body: GatewayUpdateBody,
        response: { 200: GatewayAnswer },
      },
    },
    async ({ context, params: { id }, body }) => {
      const decision = await updateGateway(context, { id, change: toGatewaySettings(body) })
      const { accountId } = context
      const gateway = acceptedOr(decision, gatewayErrors)
      return { data: toShownGateway(gateway, { publicUrl, accountId }) }
    },
  )
}

function addCredentials(app: ApiInstance, deps: RouteDeps): void {
  const { publicUrl } = deps
  app.post(
    '/gateways/:id/credentials',
    {
      config: { scope: 'gateways:write' },
      schema: {
        tags,
        summary: "Replace a gateway's credentials without a gap",
        description:
          'Fields that are left out keep their value, unless base_url changes. For 24 hours webhooks may be signed with the secret before.',
        params: GatewayParams,
        body: GatewayCredentialsBody,
        response: { 200: GatewayAnswer },
      },
    },
    async ({ context, params: { id }, body }) => {
      const { credentials } = body
      const request = { id, credentials, ...given('baseUrl', body.base_url) }
      const decision = await rotateCredentials(deps, context, request)
      const { accountId } = context
      const gateway = acceptedOr(decision, gatewayErrors)
      return { data: toShownGateway(gateway, { publicUrl, accountId }) }
    },
  )
}

function addArchive(app: ApiInstance, { publicUrl }: RouteDeps): void {
  app.delete(
    '/gateways/:id',
    {
      config: { scope: 'gateways:write' },
      schema: {
        tags,
        summary: 'Archive a gateway',
        description:
          'It takes no new charges; refunds and webhooks of what it charged still work. Refused while a payment method could then be charged nowhere.',
        params: GatewayParams,
        response: { 200: GatewayAnswer },
      },
    },
    async ({ context, params: { id } }) => {
      const decision = await archiveGateway(context, id)
      const { accountId } = context
      const gateway = acceptedOr(decision, gatewayErrors)
      return { data: toShownGateway(gateway, { publicUrl, accountId }) }
    },
  )
}

function addSwitches(app: ApiInstance, { publicUrl }: RouteDeps): void {
  const switches = [
    ['enable', true, 'Send new charges to a gateway again'],
    ['disable', false, 'Send no new charges to a gateway'],
  ] as const
  for (const [name, isEnabled, summary] of switches) {
    app.post(
      `/gateways/:id/${name}`,
      {
        config: { scope: 'gateways:write' },
        schema: { tags, summary, params: GatewayParams, response: { 200: GatewayAnswer } },
      },
      async ({ context, params: { id } }) => {
        const decision = await setGatewayEnabled(context, { id, isEnabled })
        const { accountId } = context
        const gateway = acceptedOr(decision, gatewayErrors)
        return { data: toShownGateway(gateway, { publicUrl, accountId }) }
      },
    )
  }
}
