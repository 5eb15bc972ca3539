import Type from 'typebox'
import type { Database } from '../../platform/db/index.ts'
import {
  type ApiInstance,
  type ApiModule,
  ApiRefusal,
  acceptedOr,
  isKnownScope,
  scopeBeyond,
} from '../../platform/http/index.ts'
import {
  cursorListOf,
  cursorQuery,
  readRows,
  toCursorList,
  toPageRequest,
} from '../../platform/lists/index.ts'
import { getAccount } from './account.ts'
import { createApiKey, findApiKey, revokeApiKey, rollApiKey, toApiKey } from './api-keys.ts'
import { changeAccount } from './change-account.ts'
import { accountErrors } from './errors.ts'
import type { ApiKeyRow } from './queries.ts'
import {
  Account,
  AccountUpdateBody,
  ApiKeyCreateBody,
  ApiKeyItem,
  ApiKeyParams,
  ApiKeyWithSecret,
  toAccountChange,
  toWireAccount,
  toWireApiKey,
  toWireMintedKey,
} from './schemas.ts'

const one = <Item extends Parameters<typeof Type.Array>[0]>(item: Item) =>
  Type.Object({ data: item })

export const accountsRoutes: ApiModule = (app, { database, loaders }) => {
  loaders.register('api_key', async (context, id) => {
    const key = await findApiKey(context, id)
    return key === null ? null : { data: toWireApiKey(key) }
  })
  loaders.register('account', async (context, id) =>
    id === context.accountId ? { data: toWireAccount(await getAccount(database, id)) } : null,
  )
  addAccount(app, database)
  addKeyList(app)
  addKeyWrites(app)
}

function addAccount(app: ApiInstance, database: Database): void {
  app.get(
    '/account',
    {
      config: { scope: 'account:read' },
      schema: {
        tags: ['Account'],
        summary: 'Show the account of the key',
        response: { 200: one(Account) },
      },
    },
    async (request) => ({
      data: toWireAccount(await getAccount(database, request.context.accountId)),
    }),
  )

  app.patch(
    '/account',
    {
      config: { scope: 'account:write' },
      schema: {
        tags: ['Account'],
        summary: 'Change the account of the key',
        description:
          'Subscriptions keep the time zone and the currency that they began with. A field that is not known here is refused.',
        body: AccountUpdateBody,
        response: { 200: one(Account) },
      },
    },
    async ({ context, body }) => {
      acceptedOr(await changeAccount(context, toAccountChange(body)), accountErrors)
      return { data: toWireAccount(await getAccount(database, context.accountId)) }
    },
  )
}

function addKeyList(app: ApiInstance): void {
  app.get(
    '/api-keys',
    {
      config: { scope: 'api_keys:read' },
      schema: {
        tags: ['Account'],
        summary: 'List API keys',
        querystring: Type.Object(cursorQuery('api_key')),
        response: { 200: cursorListOf(ApiKeyItem, 'Keys, newest first, revoked ones included.') },
      },
    },
    async (request) => {
      const { context } = request
      const page = await context.inTx((tx) =>
        readRows<ApiKeyRow>(tx, {
          select: 'id, name, hint, scopes, created_at, revoked_at',
          table: 'api_keys',
          accountId: context.accountId,
          filters: [],
          page: toPageRequest(request.query),
        }),
      )
      return toCursorList({
        page,
        url: '/v2/api-keys',
        toItem: (row) => toWireApiKey(toApiKey(row)),
      })
    },
  )
}

function addKeyWrites(app: ApiInstance): void {
  app.post(
    '/api-keys',
    {
      config: { scope: 'api_keys:write', shownOnce: ['secret'] },
      schema: {
        tags: ['Account'],
        summary: 'Create an API key',
        description: 'A key gives none of the scopes that it lacks itself.',
        body: ApiKeyCreateBody,
        response: { 201: one(ApiKeyWithSecret) },
      },
    },
    async (request, reply) => {
      const unknown = request.body.scopes.find((scope) => !isKnownScope(scope))
      if (unknown !== undefined) throw ApiRefusal.invalid('scopes', `There is no scope ${unknown}.`)
      const beyond = scopeBeyond(request.apiKey?.scopes ?? [], request.body.scopes)
      if (beyond !== null) throw scopeNotHeld(beyond)
      const minted = await createApiKey(request.context, request.body)
      return reply.code(201).send({ data: toWireMintedKey(minted) })
    },
  )

  app.post(
    '/api-keys/:id/roll',
    {
      config: { scope: 'api_keys:write', shownOnce: ['secret'] },
      schema: {
        tags: ['Account'],
        summary: 'Replace the secret of an API key',
        description: 'Refused with 403 when it may do more than the key that asks.',
        params: ApiKeyParams,
        response: { 200: one(ApiKeyWithSecret) },
      },
    },
    async (request) => {
      const decision = await rollApiKey(request.context, {
        id: request.params.id,
        granted: request.apiKey?.scopes ?? [],
      })
      return { data: toWireMintedKey(acceptedOr(decision, accountErrors)) }
    },
  )

  app.delete(
    '/api-keys/:id',
    {
      config: { scope: 'api_keys:write' },
      schema: {
        tags: ['Account'],
        summary: 'Revoke an API key',
        description:
          'The last one and the one that asks, too. Whoever runs the service makes another with `bin/perennial accounts key`.',
        params: ApiKeyParams,
        response: { 200: one(ApiKeyItem) },
      },
    },
    async (request) => {
      const decision = await revokeApiKey(request.context, request.params.id)
      return { data: toWireApiKey(acceptedOr(decision, accountErrors)) }
    },
  )
}

function scopeNotHeld(scope: string): ApiRefusal {
  return new ApiRefusal({
    status: 403,
    type: 'authorization_error',
    code: 'insufficient_permissions',
    message: `This API key lacks the scope ${scope}, and cannot give it to another.`,
    param: 'scopes',
  })
}
