import Type from 'typebox'
import type { CommandContext } from '../../platform/command/index.ts'
import { ApiRefusal, type ApiModule } from '../../platform/http/index.ts'
import { idField, nullable, textField, wireId } from '../../platform/wire/index.ts'
import { encodeId, type Uuid } from '@perennial/core/ids'
import { OPERATIONS } from './operations/index.ts'
import { findKeyLimits, saveKeyLimits } from './queries/key-limits.ts'

const tags = ['Account']
const params = Type.Object({ id: idField('api_key', 'Id of the API key.') })

const limits = {
  permissions: nullable(
    Type.Array(
      Type.Object({
        type: textField('Such as subscription.', { maxLength: 60 }),
        method: textField('Such as renew.', { maxLength: 60 }),
      }),
      { maxItems: 200, description: 'What it may call, of what its scopes allow; null = all.' },
    ),
  ),
  addresses: nullable(
    Type.Array(textField('One IP address, no range.', { maxLength: 45 }), {
      maxItems: 200,
      description: 'Where it may be used from; null = anywhere, an empty list = nowhere.',
    }),
  ),
}
const LimitsBody = Type.Object(limits, { description: 'What narrows the key down.' })
const LimitsAnswer = Type.Object({
  data: Type.Object(
    {
      object: Type.Literal('revcent_key', { description: 'What this is.' }),
      api_key_id: wireId('api_key', 'Id of the API key.'),
      ...limits,
    },
    { description: 'What a key may do in the RevCent-compatible API.' },
  ),
})

/** `GET|PUT /v2/settings/revcent/api-keys/:id`: pairs and addresses that narrow a key of this face down. */
export const revcentSettingsRoutes: ApiModule = (app) => {
  app.get(
    '/settings/revcent/api-keys/:id',
    {
      config: { scope: 'api_keys:read' },
      schema: {
        tags,
        summary: 'Show what a key may do in the RevCent-compatible API',
        params,
        response: { 200: LimitsAnswer },
      },
    },
    ({ context, params: { id } }) => showLimits(context, id),
  )
  app.put(
    '/settings/revcent/api-keys/:id',
    {
      config: { scope: 'api_keys:write', reload: (context, { id }) => showLimits(context, id) },
      schema: {
        tags,
        summary: 'Narrow a key of the RevCent-compatible API down',
        params,
        body: LimitsBody,
        response: { 200: LimitsAnswer },
      },
    },
    async ({ context, params: { id }, body }) => {
      for (const { type, method } of body.permissions ?? [])
        if (!OPERATIONS.some(({ pair }) => pair.type === type && pair.method === method))
          throw ApiRefusal.invalid('permissions', `There is no method ${method} of ${type}.`)
      const { accountId, now: at } = context
      const saved = await context.inTx(async (tx) => {
        await context.remember(tx, 'api_key', id)
        return saveKeyLimits(tx, { accountId, id }, { limits: body, at })
      })
      if (!saved) throw ApiRefusal.notFound('API key')
      return { data: { object: 'revcent_key' as const, api_key_id: encodeId('api_key', id), ...toWire(body) } } // prettier-ignore
    },
  )
}

async function showLimits(context: CommandContext, id: Uuid) {
  const { accountId } = context
  const found = await context.inTx((tx) => findKeyLimits(tx, { accountId, id }))
  return { data: { object: 'revcent_key' as const, api_key_id: encodeId('api_key', id), ...toWire(found) } } // prettier-ignore
}

type Limits = Awaited<ReturnType<typeof findKeyLimits>>

function toWire({ permissions, addresses }: Limits) {
  return {
    permissions: permissions === null ? null : [...permissions],
    addresses: addresses === null ? null : [...addresses],
  }
}
