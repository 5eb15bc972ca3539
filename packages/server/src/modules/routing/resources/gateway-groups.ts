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

const CHOICES = ['sort_order', 'round_robin', 'even_distribution'] as const
const GATEWAYS_MAX = 50

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
        'sort_order: the first that is valid. round_robin: the first valid one after the one used last. even_distribution: the one with the smallest volume captured in 24 hours.',
    }),
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
  }
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
    // One of its gateways may have been archived since: that holds up no other change.
    if (isDeepStrictEqual(row.gateway_ids, before?.gateway_ids)) return
    const known = await listKnownSources(tx, accountId)
    const ids: readonly unknown[] = Array.isArray(row.gateway_ids) ? row.gateway_ids : []
    for (const [index, id] of ids.entries()) {
      const isKnown = [...known.gatewayIds].some((gatewayId) => gatewayId === id)
      if (!isKnown)
        throw ApiRefusal.invalid(
          `gateway_ids[${index}]`,
          'There is no such gateway in this account.',
        )
      if (ids.indexOf(id) !== index)
        throw ApiRefusal.invalid(`gateway_ids[${index}]`, 'A gateway is in a group once.')
    }
  },
  findUser: async (tx, { accountId }, id) => {
    const profile = await findProfileNaming(tx, accountId, id)
    return profile === null ? null : `payment profile "${profile}"`
  },
}
