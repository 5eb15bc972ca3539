import type { Decline } from '@perennial/core/declines'
import type { Uuid } from '@perennial/core/ids'
import { traitsOfCard, type CardTraits, type StoredSegment } from '@perennial/core/recovery'
import type { Instant } from '@perennial/core/time'
import { type RawBuilder, sql } from 'kysely'
import { insertMany, type Tx } from '../../../platform/db/index.ts'
import type { JsonValue } from '../../../platform/wire/index.ts'

/** Where it is kept what charges have taught, and how far they have been learned from. */
export type LearningTables = {
  readonly evidence: 'recovery_evidence' | 'outside_evidence'
  readonly learning: 'recovery_learning' | 'outside_learning'
}

export const OWN_TABLES: LearningTables = { evidence: 'recovery_evidence', learning: 'recovery_learning' } // prettier-ignore
export const OUTSIDE_TABLES: LearningTables = { evidence: 'outside_evidence', learning: 'outside_learning' } // prettier-ignore

export type LearningKey = { readonly accountId: Uuid; readonly tables: LearningTables }

export type LearningRow = {
  readonly version: bigint
  readonly learned_to: Uuid
  readonly waiting: JsonValue
  /** Of the form of `toStoredGateways`. */
  readonly gateways: unknown
  readonly attempts: bigint
}

/** Null while somebody else learns for the account. `from`: where a first time begins. */
export async function lockLearning(
  tx: Tx,
  { accountId, tables }: LearningKey,
  given: { readonly from: Uuid; readonly at: Instant },
): Promise<LearningRow | null> {
  await sql`
    insert into ${sql.table(tables.learning)} (account_id, learned_to, learned_at)
    values (${accountId}, ${given.from}, ${given.at})
    on conflict do nothing`.execute(tx)
  const { rows } = await sql<LearningRow>`
    select version, learned_to, waiting, gateways, attempts from ${sql.table(tables.learning)}
     where account_id = ${accountId}
       for update skip locked`.execute(tx)
  return rows[0] ?? null
}

export async function findLearning(
  tx: Tx,
  { accountId, tables }: LearningKey,
): Promise<LearningRow | null> {
  const { rows } = await sql<LearningRow>`
    select version, learned_to, waiting, gateways, attempts from ${sql.table(tables.learning)}
     where account_id = ${accountId}`.execute(tx)
  return rows[0] ?? null
}

export async function saveLearning(
  tx: Tx,
  { accountId, tables }: LearningKey,
  learned: LearningRow & { readonly at: Instant },
): Promise<void> {
  await sql`
    update ${sql.table(tables.learning)}
       set version = ${String(learned.version)}::bigint, learned_to = ${learned.learned_to},
           waiting = ${JSON.stringify(learned.waiting)}::jsonb, gateways = ${JSON.stringify(learned.gateways)}::jsonb,
           attempts = ${String(learned.attempts)}::bigint, learned_at = ${learned.at}
     where account_id = ${accountId}`.execute(tx)
}

export async function listSegments(
  tx: Tx,
  { accountId, tables }: LearningKey,
): Promise<StoredSegment[]> {
  const { rows } = await sql<{ readonly body: StoredSegment }>`
    select body from ${sql.table(tables.evidence)} where account_id = ${accountId} order by segment`.execute(
    tx,
  )
  return rows.map((row) => row.body)
}

/** Writes what was seen of these segments, and forgets those. */
export async function saveSegments(
  tx: Tx,
  { accountId, tables }: LearningKey,
  given: {
    readonly segments: readonly StoredSegment[]
    readonly forgotten: readonly string[]
    readonly at: Instant
  },
): Promise<void> {
  const keys = [...given.segments.map(({ key }) => key), ...given.forgotten]
  if (keys.length === 0) return
  await sql`
    delete from ${sql.table(tables.evidence)} where account_id = ${accountId} and segment = any(${keys}::text[])`.execute(
    tx,
  )
  const rows = given.segments.map((body) => ({
    account_id: accountId,
    segment: body.key,
    body: JSON.parse(JSON.stringify(body)),
    attempts: BigInt(body.attempts),
    seen_at: given.at,
  }))
  await insertMany(tx, tables.evidence, rows)
}

export type SeenAttempt = {
  readonly id: Uuid
  readonly isSettled: boolean
  readonly invoiceId: Uuid | null
  readonly paymentMethodId: Uuid
  readonly gatewayId: Uuid
  readonly currency: string
  readonly attemptNumber: number
  readonly at: Instant
  readonly decline: Decline | null
  readonly traits: CardTraits
  readonly isCard: boolean
}

type SeenRow = {
  readonly id: Uuid
  readonly state: string
  readonly invoice_id: Uuid | null
  readonly payment_method_id: Uuid
  readonly gateway_id: Uuid
  readonly currency: string
  readonly attempt_number: number
  readonly created_at: Instant
  readonly decline_code: string | null
  readonly decline_iso_code: string | null
  readonly advice_code: string | null
  readonly message: string | null
  readonly bin: string | null
  readonly brand: string | null
  readonly funding: string | null
  readonly country: string | null
  readonly is_card: boolean
}

const COLUMNS =
  sql.raw(`a.id, a.state, a.invoice_id, a.payment_method_id, a.gateway_id, a.currency, a.attempt_number, a.created_at,
  a.decline_code, a.decline_iso_code, a.advice_code, a.message, m.card_bin as bin, m.card_brand as brand, m.card_funding as funding, m.card_country as country,
  m.type = 'card' as is_card`)

/**
 * Charges of the last moment are left for the next time while the account's time runs with real time: some of them may still
 * be on their way into the database.
 */
export function lastReadable(accountId: Uuid, until: Uuid): RawBuilder<unknown> {
  return sql`case when (select clock_held_at from accounts where id = ${accountId}) is null
                  then ${until}::uuid else 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid end`
}

/** Charges that were made after one, oldest first by when their ids were made. */
export async function listAttemptsAfter(
  tx: Tx,
  accountId: Uuid,
  of: { readonly after: Uuid; readonly until: Uuid; readonly limit: number },
): Promise<SeenAttempt[]> {
  const { rows } = await sql<SeenRow>`
    select ${COLUMNS}
      from payment_attempts a
      join payment_methods m on m.account_id = a.account_id and m.id = a.payment_method_id
     where a.account_id = ${accountId} and a.id > ${of.after}
       and a.id <= ${lastReadable(accountId, of.until)}
       and a.operation in ('charge', 'authorize')
     order by a.id
     limit ${of.limit}`.execute(tx)
  return rows.map(toSeen)
}

export async function listAttempts(
  tx: Tx,
  accountId: Uuid,
  ids: readonly Uuid[],
): Promise<SeenAttempt[]> {
  if (ids.length === 0) return []
  const { rows } = await sql<SeenRow>`
    select ${COLUMNS}
      from payment_attempts a
      join payment_methods m on m.account_id = a.account_id and m.id = a.payment_method_id
     where a.account_id = ${accountId} and a.id = any(${ids}::uuid[])
     order by a.id`.execute(tx)
  return rows.map(toSeen)
}

function toSeen(row: SeenRow): SeenAttempt {
  return {
    id: row.id,
    isSettled: row.state === 'succeeded' || row.state === 'declined',
    invoiceId: row.invoice_id,
    paymentMethodId: row.payment_method_id,
    gatewayId: row.gateway_id,
    currency: row.currency,
    attemptNumber: row.attempt_number,
    at: row.created_at,
    decline:
      row.state === 'declined'
        ? {
            code: row.decline_code ?? 'generic_decline',
            isoCode: row.decline_iso_code,
            adviceCode: row.advice_code,
            message: row.message,
          }
        : null,
    traits: traitsOfCard(row),
    isCard: row.is_card,
  }
}
