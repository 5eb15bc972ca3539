import { isDeepStrictEqual } from 'node:util'
import { encodeId } from '@perennial/core/ids'
import { formatInstant } from '@perennial/core/time'
import Type, { type Static } from 'typebox'
import { ApiRefusal } from '../../../platform/http/index.ts'
import type { Deletable, Kept, KeptFields, KeptRow } from '../../../platform/kept/index.ts'
import { cursorQuery } from '../../../platform/lists/index.ts'
import {
  given,
  idField,
  nullable,
  oneOf,
  textField,
  timestamp,
  wireId,
} from '../../../platform/wire/index.ts'
import { toWireJson } from '../json-forms.ts'
import { findProfileNaming, listKnownSources } from '../queries/resources.ts'

const CHOICES = ['sort_order', 'round_robin', 'even_distribution', 'weighted'] as const
const GATEWAYS_MAX = 50
const WEIGHT_MAX = 1000

export const GatewayGroupItem = Type.Object(
  {
    id: wireId('gateway_group', 'Id of the group.'),
    object: oneOf(['gateway_group'], { description: 'Always "gateway_group".' }),
    name: Type.String({ description: 'Name, unique in the account.' }),
    description: nullable(Type.String({ description: 'What the group is for.' })),
    enabled: Type.Boolean({ description: 'Whether cascades may use it.' }),
    choice: oneOf(CHOICES, { description: 'How one of its gateways is chosen.' }),
    gateway_ids: Type.Array(wireId('gateway', 'Id of a gateway.'), {
      description: 'Its gateways, in order.',
    }),
    weights: nullable(
      Type.Array(Type.Integer({ description: 'Weight of a gateway.' }), {
        description: 'Of choice weighted: the weight of each gateway, in the same order.',
      }),
    ),
    version: Type.Integer({ description: 'Rises with each change.' }),
    created_at: timestamp('When it was made.'),
    updated_at: timestamp('When it was last changed.'),
  },
  { title: 'GatewayGroup', description: 'Gateways among which one is chosen.' },
)

const fields = {
  description: Type.Optional(nullable(textField('What the group is for.'))),
  enabled: Type.Optional(Type.Boolean({ description: 'Whether cascades may use it.' })),
  choice: Type.Optional(
    oneOf(CHOICES, {
      description:
        'sort_order: the first that is valid. round_robin: the first valid one after the one used last. even_distribution: the one with the smallest volume captured in 24 hours. weighted: drawn by chance, each valid one by its weight.',
    }),
  ),
  weights: Type.Optional(
    nullable(
      Type.Array(
        Type.Integer({ minimum: 1, maximum: WEIGHT_MAX, description: 'Weight of a gateway.' }),
        {
          maxItems: GATEWAYS_MAX,
          description:
            'Of choice weighted, and needed there: the weight of each gateway, in the order of gateway_ids. 70 and 30 send seven of ten charges to the first.',
        },
      ),
    ),
  ),
}
const name = textField('Name, unique in the account.', { minLength: 1, maxLength: 100 })
const gatewayIds = Type.Array(idField('gateway', 'Id of a gateway.'), {
  minItems: 1,
  maxItems: GATEWAYS_MAX,
  description: 'Its gateways, in order.',
})

export const GatewayGroupCreateBody = Type.Object({ name, gatewayIds, ...fields })
export const GatewayGroupUpdateBody = Type.Object({
  name: Type.Optional(name),
  gatewayIds: Type.Optional(gatewayIds),
  ...fields,
})
export const GatewayGroupParams = Type.Object({
  id: idField('gateway_group', 'Id of the group.'),
})
export const GatewayGroupListQuery = Type.Object(cursorQuery('gateway_group'))

export function toGatewayGroupChange(
  body: Static<typeof GatewayGroupUpdateBody>,
): KeptFields<'gateway_groups'> {
  return {
    ...given('name', body.name),
    ...given('description', body.description),
    ...given('is_enabled', body.enabled),
    ...given('choice', body.choice),
    ...given('gateway_ids', body.gatewayIds?.map(String)),
    ...given('weights', weightsOf(body)),
  }
}

/** Another choice has no weights: changing to it lets them go. */
function weightsOf({ choice, weights }: Static<typeof GatewayGroupUpdateBody>) {
  if (weights !== undefined || choice === undefined || choice === 'weighted') return weights
  return null
}

export function toNewGatewayGroup(
  body: Static<typeof GatewayGroupCreateBody>,
): Required<KeptFields<'gateway_groups'>> {
  return {
    name: body.name,
    description: body.description ?? null,
    is_enabled: body.enabled ?? true,
    choice: body.choice ?? 'sort_order',
    gateway_ids: body.gatewayIds.map(String),
    weights: weightsOf(body) ?? null,
  }
}

export function toWireGatewayGroup(row: KeptRow<'gateway_groups'>) {
  return {
    id: encodeId('gateway_group', row.id),
    object: 'gateway_group' as const,
    name: row.name,
    description: row.description,
    enabled: row.is_enabled,
    choice: row.choice,
    gateway_ids: toWireJson(row.gateway_ids, 'gatewayIds') as string[],
    weights: row.weights as number[] | null,
    version: row.version,
    created_at: formatInstant(row.created_at),
    updated_at: formatInstant(row.updated_at),
  }
}

export const gatewayGroups: Kept<'gateway_groups', 'name_taken'> & Deletable = {
  table: 'gateway_groups',
  unique: { constraint: 'gateway_groups_name_unique', code: 'name_taken' },
  kind: 'gateway_group',
  toWire: toWireGatewayGroup,
  check: async (tx, { accountId }, row, before) => {
    refuseWeights(row)
    // One of its gateways may have been archived since: that holds up no other change.
    if (isDeepStrictEqual(row.gateway_ids, before?.gateway_ids)) return
    const known = await listKnownSources(tx, accountId)
    const ids: readonly unknown[] = Array.isArray(row.gateway_ids) ? row.gateway_ids : []
    for (const [index, id] of ids.entries()) {
      const isKnown = [...known.gatewayIds].some((gatewayId) => gatewayId === id)
      if (!isKnown) throw ApiRefusal.notFound('gateway', `gateway_ids[${index}]`)
      if (ids.indexOf(id) !== index)
        throw ApiRefusal.invalid(`gateway_ids[${index}]`, 'A gateway is in a group once.')
    }
  },
  findUser: async (tx, { accountId }, id) => {
    const profile = await findProfileNaming(tx, accountId, id)
    return profile === null ? null : `payment profile "${profile}"`
  },
}

/** A weighted group has one weight for each gateway, any other none. */
function refuseWeights({ choice, weights, gateway_ids: ids }: KeptRow<'gateway_groups'>): void {
  const count = Array.isArray(weights) ? weights.length : null
  if (choice !== 'weighted') {
    if (count === null) return
    throw ApiRefusal.invalid('weights', 'Only a group of choice weighted has weights.')
  }
  if (Array.isArray(ids) && count === ids.length) return
  throw ApiRefusal.invalid('weights', 'A weighted group has one weight for each of gateway_ids.')
}
