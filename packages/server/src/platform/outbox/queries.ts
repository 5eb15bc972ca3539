import type { Uuid } from '@perennial/core/ids'
import { type Instant, formatInstant } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../db/index.ts'
import type { JsonObject } from '../wire/index.ts'

export type NewEffect = {
  readonly accountId: Uuid
  readonly id: Uuid
  readonly kind: 'mail'
  readonly dedupeKey: string
  readonly payload: JsonObject
  readonly createdAt: Instant
}

/** An effect whose key is there already is left out; returns how many were written. */
export async function insertEffects(tx: Tx, effects: readonly NewEffect[]): Promise<number> {
  if (effects.length === 0) return 0
  const { numAffectedRows } = await sql`
    insert into outbox (account_id, id, kind, dedupe_key, payload, next_attempt_at, created_at)
    select account_id, id, kind, dedupe_key, payload::jsonb, created_at, created_at
      from unnest(
        ${effects.map((effect) => effect.accountId)}::uuid[], ${effects.map((effect) => effect.id)}::uuid[],
        ${effects.map((effect) => effect.kind)}::text[], ${effects.map((effect) => effect.dedupeKey)}::text[],
        ${effects.map((effect) => JSON.stringify(effect.payload))}::text[],
        ${effects.map((effect) => formatInstant(effect.createdAt))}::timestamptz[]
      ) as new(account_id, id, kind, dedupe_key, payload, created_at)
    on conflict (account_id, kind, dedupe_key) do nothing`.execute(tx)
  return Number(numAffectedRows ?? 0n)
}
