import { encodeId, isUuid, type IdKind } from '@perennial/core/ids'
import { fromWireMinor, toWireMinor } from '@perennial/core/money'
import type { JsonObject, JsonValue } from '../../platform/wire/index.ts'

/** Which fields of definitions, states and reasons hold ids, and of what. */
const ID_KINDS: Readonly<Record<string, IdKind>> = {
  gatewayId: 'gateway',
  gatewayIds: 'gateway',
  skippedGatewayId: 'gateway',
  groupId: 'gateway_group',
  excludeGroupIds: 'gateway_group',
  binProfileIds: 'bin_profile',
  productIds: 'product',
  paymentMethodId: 'payment_method',
}

/** Core values as the API shows them: names in snake_case, ids with their prefix, amounts as integers. */
export function toWireJson(value: unknown, name = ''): JsonValue {
  if (typeof value === 'bigint') return toWireMinor(value)
  if (typeof value === 'string') {
    const kind = ID_KINDS[name]
    return kind !== undefined && isUuid(value) ? encodeId(kind, value) : value
  }
  if (Array.isArray(value)) return value.map((entry) => toWireJson(entry, name))
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, member]) => member !== undefined)
    return Object.fromEntries(
      entries.map(([key, member]) => [toSnakeCase(key), toWireJson(member, key)]),
    )
  }
  return typeof value === 'number' || typeof value === 'boolean' ? value : null
}

/** Core values as they are stored: amounts as integers, everything else as it is. */
export function toStoredJson(value: unknown): JsonObject {
  return JSON.parse(
    JSON.stringify(value, (_key, member: unknown) =>
      typeof member === 'bigint' ? toWireMinor(member) : member,
    ),
  )
}

/** What `toStoredJson` wrote, as it was: fields that end in `Minor` and figures are amounts. */
export function fromStoredJson(value: unknown, name = ''): unknown {
  if (typeof value === 'number')
    return name.endsWith('Minor') || name === 'figure' ? fromWireMinor(value) : value
  if (Array.isArray(value)) return value.map((entry) => fromStoredJson(entry, name))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
  return Object.fromEntries(entries.map(([key, member]) => [key, fromStoredJson(member, key)]))
}

/** `steps[0].gatewayId` → `steps[0].gateway_id`. */
export function toSnakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
