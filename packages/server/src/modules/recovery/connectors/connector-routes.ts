import { encodeId } from '@perennial/core/ids'
import { formatInstant, formatInstantOrNull } from '@perennial/core/time'
import Type from 'typebox'
import { acceptedOr, type ApiModule, ApiRefusal } from '../../../platform/http/index.ts'
import { cursorListOf, toCursorList, toPageRequest } from '../../../platform/lists/index.ts'
import { recoveryErrors } from '../errors.ts'
import type { OutsideDeps } from '../outside/outside-deps.ts'
import {
  connectorBody,
  ConnectorChange,
  ConnectorItem,
  ConnectorListQuery,
  ConnectorParams,
  ConnectorWithHealth,
} from './connector-schemas.ts'
import {
  findConnector,
  listConnectors,
  readConnectorHealth,
  type ConnectorHealth,
  type ConnectorRow,
} from './queries/connectors.ts'
import { changeConnector, createConnector, removeConnector, retryParked } from './save-connector.ts'

const tags = ['Recovery connectors']
const One = Type.Object({ data: ConnectorItem })

/** `/v2/recovery/connectors`: outside billing systems whose failed payments are recovered. */
export const recoveryConnectorsRoutes =
  (deps: OutsideDeps, given: { readonly publicUrl: string }): ApiModule =>
  (app, { loaders }) => {
    const toItem = (row: ConnectorRow) => toWireConnector(row, given.publicUrl)
    loaders.register('connector', async (context, id) => {
      const row = await context.inTx((tx) => findConnector(tx, { accountId: context.accountId, id })) // prettier-ignore
      return row === null ? null : { data: toItem(row) }
    })
    addReads(app, toItem)
    addWrites(app, deps, toItem)
  }

type App = Parameters<ApiModule>[0]
type ToItem = (row: ConnectorRow) => ReturnType<typeof toWireConnector>

function addReads(app: App, toItem: ToItem): void {
  app.get(
    '/recovery/connectors',
    {
      config: { scope: 'recovery:read' },
      schema: {
        tags,
        summary: 'List recovery connectors',
        querystring: ConnectorListQuery,
        response: { 200: cursorListOf(ConnectorItem, 'Connectors, newest first.') },
      },
    },
    async ({ context, query }) => {
      const page = await context.inTx((tx) =>
        listConnectors(tx, context.accountId, toPageRequest(query)),
      )
      return toCursorList({ page, url: '/v2/recovery/connectors', toItem })
    },
  )

  app.get(
    '/recovery/connectors/:id',
    {
      config: { scope: 'recovery:read' },
      schema: {
        tags,
        summary: 'Show a recovery connector and how it is doing',
        params: ConnectorParams,
        response: { 200: Type.Object({ data: ConnectorWithHealth }) },
      },
    },
    async ({ context, params: { id } }) => {
      const key = { accountId: context.accountId, id }
      const found = await context.inTx(async (tx) => {
        const row = await findConnector(tx, key)
        return row === null ? null : { row, health: await readConnectorHealth(tx, key) }
      })
      if (found === null) throw ApiRefusal.notFound('recovery connector')
      return { data: { ...toItem(found.row), health: toWireHealth(found.health) } }
    },
  )
}

function addWrites(app: App, deps: OutsideDeps, toItem: ToItem): void {
  app.post(
    '/recovery/connectors',
    {
      config: { scope: 'recovery:write' },
      schema: {
        tags,
        summary: 'Connect a billing system',
        description: 'Enter webhook_url at the platform, and switch its own retries off for what it hands over.', // prettier-ignore
        body: connectorBody(deps.connectors.map(({ platform }) => platform)),
        response: { 201: One },
      },
    },
    async ({ context, body }, reply) => {
      const created = await createConnector(deps, context, {
        platform: body.platform,
        clientId: body.client_id,
        credentials: body.credentials,
        baseUrl: body.base_url ?? null,
        isEnabled: body.enabled ?? true,
      })
      return reply.code(201).send({ data: toItem(acceptedOr(created, recoveryErrors)) })
    },
  )

  app.patch(
    '/recovery/connectors/:id',
    {
      config: { scope: 'recovery:write' },
      schema: {
        tags,
        summary: 'Change a recovery connector',
        description: 'Credentials that are left out keep their value.',
        params: ConnectorParams,
        body: ConnectorChange,
        response: { 200: One },
      },
    },
    async ({ context, params: { id }, body }) => {
      const changed = await changeConnector(deps, context, {
        id,
        credentials: body.credentials ?? null,
        isEnabled: body.enabled ?? null,
        ...(body.base_url === undefined ? {} : { baseUrl: body.base_url }),
      })
      return { data: toItem(acceptedOr(changed, recoveryErrors)) }
    },
  )

  app.post(
    '/recovery/connectors/:id/retry',
    {
      config: { scope: 'recovery:write' },
      schema: {
        tags,
        summary: 'Try again what was given up',
        description: 'Parked events and payments that the platform would not take.',
        params: ConnectorParams,
        response: { 200: One },
      },
    },
    async ({ context, params: { id } }) => {
      const retried = await retryParked(deps, context, id)
      return { data: toItem(acceptedOr(retried, recoveryErrors)) }
    },
  )

  app.delete(
    '/recovery/connectors/:id',
    {
      config: { scope: 'recovery:write' },
      schema: {
        tags,
        summary: 'Disconnect a billing system',
        params: ConnectorParams,
        response: { 204: Type.Null({ description: 'It is gone.' }) },
      },
    },
    async ({ context, params: { id } }, reply) => {
      acceptedOr(await removeConnector(context, id), recoveryErrors)
      return reply.code(204).send(null)
    },
  )
}

function toWireConnector(row: ConnectorRow, publicUrl: string) {
  const clientId = encodeId('recovery_client', row.client_id)
  return {
    id: encodeId('connector', row.id),
    object: 'recovery_connector' as const,
    platform: row.platform,
    client_id: clientId,
    enabled: row.is_enabled,
    webhook_url: `${publicUrl}/api/connectors/${row.platform}/webhook/${clientId}`,
    credentials: toTexts(row.credentials_hint),
    created_at: formatInstant(row.created_at),
    updated_at: formatInstant(row.updated_at),
  }
}

function toTexts(stored: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(Object(stored)).map(([name, value]) => [name, String(value)]),
  )
}

function toWireHealth(health: ConnectorHealth) {
  return {
    events_waiting: health.waiting,
    events_parked: health.parked,
    write_backs_waiting: health.write_backs_waiting,
    write_backs_dead: health.write_backs_dead,
    last_event_at: formatInstantOrNull(health.last_event_at),
    last_problem: health.last_problem,
  }
}
