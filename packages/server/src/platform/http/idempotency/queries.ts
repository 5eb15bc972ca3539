import type { IdKind, Uuid } from '@perennial/core/ids'
import { formatInstant, type Instant } from '@perennial/core/time'
import { type Kysely, sql } from 'kysely'
import type { DB, Tx } from '../../db/index.ts'
import type { JsonObject } from '../../wire/index.ts'

/** The row of one idempotency key. */
export type KeyOfRequest = {
  readonly accountId: Uuid
  readonly apiKeyId: Uuid
  /** Method and path. */
  readonly route: string
  readonly key: string
}

/** The right to run a request: whoever holds the row's `started_at` may commit and store the answer. */
export type Claim = KeyOfRequest & { readonly startedAt: Instant }

/** What a request made or changed, and what its command noted for whoever repeats it after a crash. */
export type MadeObject = {
  readonly kind: IdKind
  readonly id: Uuid
  readonly note: JsonObject | null
}

export type StoredRequest = {
  readonly requestHash: string
  readonly startedAt: Instant
  /** When it was last known to be under way. */
  readonly aliveAt: Instant
  readonly object: MadeObject | null
  readonly answer: StoredAnswer | null
}

export type StoredAnswer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const isRow = (of: KeyOfRequest) =>
  sql`idempotency_keys.account_id = ${of.accountId} and idempotency_keys.api_key_id = ${of.apiKeyId}
      and idempotency_keys.route = ${of.route} and idempotency_keys.key = ${of.key}`

const isHeldBy = (claim: Claim) =>
  sql`${isRow(claim)} and idempotency_keys.started_at = ${claim.startedAt}`

/** Takes a key that is new or expired; false when somebody has it. */
export async function insertClaim(
  db: Kysely<DB>,
  claim: Claim & { readonly requestHash: string; readonly expiredBefore: Instant },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    insert into idempotency_keys (account_id, api_key_id, route, key, request_hash, started_at)
    values (${claim.accountId}, ${claim.apiKeyId}, ${claim.route}, ${claim.key}, ${claim.requestHash}, ${claim.startedAt})
    on conflict (account_id, api_key_id, route, key) do update
       set request_hash = excluded.request_hash, started_at = excluded.started_at, alive_at = null,
           object_kind = null, object_id = null, note = null, response_status = null, response_headers = null, response_body = null
     where idempotency_keys.started_at < ${claim.expiredBefore}`.execute(db)
  return numAffectedRows === 1n
}

export async function findStoredRequest(
  db: Kysely<DB>,
  of: KeyOfRequest,
): Promise<StoredRequest | null> {
  const { rows } = await sql<{
    readonly request_hash: string
    readonly started_at: Instant
    readonly alive_at: Instant
    readonly object_kind: IdKind | null
    readonly object_id: Uuid | null
    readonly note: JsonObject | null
    readonly response_status: number | null
    readonly response_headers: Readonly<Record<string, string>> | null
    readonly response_body: string | null
  }>`
    select request_hash, started_at, coalesce(alive_at, started_at) as alive_at, object_kind, object_id, note,
           response_status, response_headers, response_body
      from idempotency_keys
     where ${isRow(of)}`.execute(db)
  const [row] = rows
  if (row === undefined) return null
  const { object_kind: kind, object_id: id, response_status: status, response_body: body } = row
  return {
    requestHash: row.request_hash,
    startedAt: row.started_at,
    aliveAt: row.alive_at,
    object: kind === null || id === null ? null : { kind, id, note: row.note },
    answer:
      status === null || body === null
        ? null
        : { status, body, headers: row.response_headers ?? {} },
  }
}

/** Moves a claim that was last alive at `aliveAt` to `to`; false when another request was faster, or it lives after all. */
export async function takeOverClaim(
  db: Kysely<DB>,
  claim: Claim & { readonly aliveAt: Instant },
  to: Instant,
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update idempotency_keys set started_at = ${to}, alive_at = null
     where ${isHeldBy(claim)} and coalesce(alive_at, started_at) = ${claim.aliveAt} and response_status is null`.execute(
    db,
  )
  return numAffectedRows === 1n
}

/** Gives a claim back that was taken over from `from`, so that the next repetition need not wait to take it over too. */
export async function handBackClaim(db: Kysely<DB>, claim: Claim, from: Instant): Promise<void> {
  await sql`
    update idempotency_keys set started_at = ${from}, alive_at = null
     where ${isHeldBy(claim)} and response_status is null`.execute(db)
}

/** Says of requests that are under way that they are. */
export async function keepAlive(
  db: Kysely<DB>,
  claims: readonly Claim[],
  at: Instant,
): Promise<void> {
  const held = JSON.stringify(
    claims.map((claim) => ({
      account_id: claim.accountId,
      api_key_id: claim.apiKeyId,
      route: claim.route,
      key: claim.key,
      started_at: formatInstant(claim.startedAt),
    })),
  )
  await sql`
    update idempotency_keys k set alive_at = ${at}
      from jsonb_to_recordset(${held}::jsonb)
        as held (account_id uuid, api_key_id uuid, route text, key text, started_at timestamptz)
     where (k.account_id, k.api_key_id, k.route, k.key, k.started_at)
         = (held.account_id, held.api_key_id, held.route, held.key, held.started_at)
       and k.response_status is null`.execute(db)
}

/** Notes, in the command's own transaction, which object it made. False when the claim is no longer ours. */
export async function rememberObject(
  tx: Tx,
  claim: Claim,
  object: { readonly kind: IdKind; readonly id: Uuid; readonly note: object | null },
): Promise<boolean> {
  const note = object.note === null ? null : JSON.stringify(object.note)
  const { numAffectedRows } = await sql`
    update idempotency_keys
       set object_kind = ${object.kind}, object_id = ${object.id}, note = ${note}::json
     where ${isHeldBy(claim)}`.execute(tx)
  return numAffectedRows === 1n
}

export async function storeAnswer(
  db: Kysely<DB>,
  claim: Claim,
  answer: StoredAnswer,
): Promise<void> {
  await sql`
    update idempotency_keys
       set response_status = ${answer.status}, response_headers = ${JSON.stringify(answer.headers)}::jsonb,
           response_body = ${answer.body}
     where ${isHeldBy(claim)}`.execute(db)
}

/** Gives a claim back, so that the same request may run again. Only while nothing was committed under it. */
export async function releaseClaim(db: Kysely<DB>, claim: Claim): Promise<boolean> {
  const { numAffectedRows } = await sql`
    delete from idempotency_keys where ${isHeldBy(claim)} and object_id is null`.execute(db)
  return numAffectedRows === 1n
}

/** Deletes expired keys of every account, up to `limit` of each, and returns how many there were. */
export async function deleteExpiredKeys(
  db: Kysely<DB>,
  expired: { readonly before: Instant; readonly limit: number },
): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from idempotency_keys
     where ctid in (select old.ctid
                      from accounts a
                     cross join lateral (select ctid from idempotency_keys k
                                          where k.account_id = a.id and k.started_at < ${expired.before}
                                          order by k.started_at limit ${expired.limit}) as old)`.execute(
    db,
  )
  return Number(numAffectedRows ?? 0n)
}
