import type { Uuid } from '@perennial/core/ids'
import type { GatewayNotice } from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'
import type { Selectable } from 'kysely'
import type { DB } from '../../../platform/db/index.ts'
import type { JsonObject } from '../../../platform/wire/index.ts'

export type NoticeRow = Selectable<DB['gateway_notices']>

/** A notice as it was kept, and how far it is. */
export type StoredNotice = {
  readonly id: Uuid
  readonly gatewayId: Uuid
  readonly source: 'webhook' | 'pull'
  readonly tries: number
  readonly notice: GatewayNotice
}

export function toStoredNotice(row: NoticeRow): StoredNotice {
  return {
    id: row.id,
    gatewayId: row.gateway_id,
    source: row.source,
    tries: row.tries,
    notice: fromPayload(row.payload),
  }
}

/** JSON has no big integers: an amount is kept as `{"$minor": "4900"}`. */
export function toPayload(notice: GatewayNotice): JsonObject {
  const text = JSON.stringify(notice, (_, value: unknown) =>
    typeof value === 'bigint' ? { $minor: String(value) } : value,
  )
  return JSON.parse(text) as JsonObject // what JSON.stringify has just written
}

function fromPayload(payload: unknown): GatewayNotice {
  const text = JSON.stringify(payload)
  return JSON.parse(text, (_, value: unknown) =>
    isMinor(value) ? BigInt(value.$minor) : value,
  ) as GatewayNotice // written by toPayload
}

function isMinor(value: unknown): value is { readonly $minor: string } {
  return typeof value === 'object' && value !== null && '$minor' in value
}

/** What came of a try to apply a notice. */
export type NoticeResult =
  | { readonly state: 'applied' | 'ignored' | 'parked'; readonly reason: string | null }
  | { readonly state: 'waiting'; readonly reason: string; readonly nextTryAt: Instant }
