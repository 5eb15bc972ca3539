import Type from 'typebox'
import type { CommandContext } from '../../../../platform/command/index.ts'
import {
  type ApiModule,
  ApiRefusal,
  acceptedOr,
  type MadeObject,
} from '../../../../platform/http/index.ts'
import { cursorListOf, toCursorList, toPageRequest } from '../../../../platform/lists/index.ts'
import { recoveryErrors } from '../../errors.ts'
import type { OutsideDeps } from '../outside-deps.ts'
import { findClient, listClients } from '../queries/clients.ts'
import { replayDeliveries } from '../queries/deliveries.ts'
import { checkTarget } from '../webhooks/check-target.ts'
import { toWireClient, toWireNewClient } from './client.ts'
import {
  ClientBody,
  ClientItem,
  ClientListQuery,
  ClientParams,
  ClientWithCredentials,
  RotateBody,
  toClientChange,
  WebhookReplay,
} from './client-schemas.ts'
import { changeClient, type ClientChange, createClient, rotateClient } from './save-client.ts'

const tags = ['Recovery clients']
const SHOWN_ONCE = ['api_key', 'publishable_key', 'webhook_secret']

/** `/v2/recovery/clients`: who may hand failed payments over. */
export const recoveryClientsRoutes =
  (deps: OutsideDeps): ApiModule =>
  (app, { loaders }) => {
    loaders.register('recovery_client', async (context: CommandContext, id) => {
      const { accountId } = context
      const row = await context.inTx((tx) => findClient(tx, { accountId, id }))
      return row === null ? null : { data: toWireClient(row) }
    })
    addReads(app)
    addWrites(app, deps)
    addRotate(app, deps)
    addReplay(app, deps)
  }

/** Without its credentials, which are told once. */
async function retellCreated(context: CommandContext, { id }: MadeObject) {
  const { accountId } = context
  const row = await context.inTx((tx) => findClient(tx, { accountId, id }))
  return row === null ? null : { data: toWireNewClient({ row, credentials: {} }) }
}

function addReads(app: Parameters<ApiModule>[0]): void {
  app.get(
    '/recovery/clients',
    {
      config: { scope: 'recovery:read' },
      schema: {
        tags,
        summary: 'List recovery clients',
        querystring: ClientListQuery,
        response: { 200: cursorListOf(ClientItem, 'Clients, newest first.') },
      },
    },
    async ({ context, query }) => {
      const page = await context.inTx((tx) =>
        listClients(tx, context.accountId, toPageRequest(query)),
      )
      return toCursorList({ page, url: '/v2/recovery/clients', toItem: toWireClient })
    },
  )

  app.get(
    '/recovery/clients/:id',
    {
      config: { scope: 'recovery:read' },
      schema: {
        tags,
        summary: 'Show a recovery client',
        params: ClientParams,
        response: { 200: Type.Object({ data: ClientItem }) },
      },
    },
    async ({ context, params: { id } }) => {
      const { accountId } = context
      const row = await context.inTx((tx) => findClient(tx, { accountId, id }))
      if (row === null) throw ApiRefusal.notFound('recovery client')
      return { data: toWireClient(row) }
    },
  )
}

function addWrites(app: Parameters<ApiModule>[0], deps: OutsideDeps): void {
  app.post(
    '/recovery/clients',
    {
      config: { scope: 'recovery:write', shownOnce: SHOWN_ONCE, reload: retellCreated },
      schema: {
        tags,
        summary: 'Create a recovery client',
        description: 'Its credentials are in this answer alone.',
        body: ClientBody,
        response: { 201: Type.Object({ data: ClientWithCredentials }) },
      },
    },
    async ({ context, body }, reply) => {
      const change = await checked(deps, context, toClientChange(body))
      const data = toWireNewClient(await createClient(context, deps.keyRing, change))
      return reply.code(201).send({ data })
    },
  )

  app.patch(
    '/recovery/clients/:id',
    {
      config: { scope: 'recovery:write' },
      schema: {
        tags,
        summary: 'Change a recovery client',
        params: ClientParams,
        body: ClientBody,
        response: { 200: Type.Object({ data: ClientItem }) },
      },
    },
    async ({ context, params: { id }, body }) => {
      const change = await checked(deps, context, toClientChange(body))
      const changed = await changeClient(context, { id, change })
      return { data: toWireClient(acceptedOr(changed, recoveryErrors)) }
    },
  )
}

function addRotate(app: Parameters<ApiModule>[0], deps: OutsideDeps): void {
  app.post(
    '/recovery/clients/:id/rotate',
    {
      config: { scope: 'recovery:write', shownOnce: SHOWN_ONCE, reload: retellCreated },
      schema: {
        tags,
        summary: 'Replace credentials of a recovery client',
        description:
          'The new ones are in this answer alone, and the old ones end at once. Recoveries, idempotency keys and card links stay.',
        params: ClientParams,
        body: RotateBody,
        response: { 200: Type.Object({ data: ClientWithCredentials }) },
      },
    },
    async ({ context, params: { id }, body: { credentials: names } }) => {
      const rotated = await rotateClient(context, deps.keyRing, { id, names })
      return { data: toWireNewClient(acceptedOr(rotated, recoveryErrors)) }
    },
  )
}

function addReplay(app: Parameters<ApiModule>[0], deps: OutsideDeps): void {
  app.post(
    '/recovery/clients/:id/replay-webhooks',
    {
      config: { scope: 'recovery:write' },
      schema: {
        tags,
        summary: 'Send the webhooks again that a recovery client has not taken',
        description:
          'Those that were given up, or had no address to go to: the same bytes under the same event id, tried like new ones.',
        params: ClientParams,
        response: { 200: Type.Object({ data: WebhookReplay }) },
      },
    },
    async ({ context, params: { id } }) => {
      const { accountId } = context
      const replayed = await context.inTx(async (tx) => {
        const client = await findClient(tx, { accountId, id })
        if (client === null) throw ApiRefusal.notFound('recovery client')
        if (client.webhook_url === null)
          throw ApiRefusal.invalid('webhook_url', 'Give the client an address first.')
        return replayDeliveries(tx, { accountId, clientId: id, realNow: deps.clock.now() })
      })
      return { data: { object: 'webhook_replay' as const, replayed } }
    },
  )
}

/** Addresses and gateways are looked at before anything is written. */
async function checked(
  deps: OutsideDeps,
  context: CommandContext,
  change: ClientChange,
): Promise<ClientChange> {
  const { webhook_url: url, gateway } = change
  if (typeof url === 'string') {
    const isLive = context.environment === 'live'
    const problem = await checkTarget(url, { isLive, privateTargets: deps.privateTargets })
    if (problem !== null) throw ApiRefusal.invalid('webhook_url', problem)
  }
  if (typeof gateway === 'string') {
    const found = await deps.gateways.find(context.accountId, gateway)
    if (found === null)
      throw ApiRefusal.invalid('gateway', `There is no enabled gateway ${gateway}.`)
  }
  return change
}
