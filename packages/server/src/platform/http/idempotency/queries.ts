import type { IdKind, Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { type Kysely, sql } from 'kysely'
import type { DB, Tx } from '../../db/index.ts'

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

export type StoredRequest = {
  readonly requestHash: string
  readonly startedAt: Instant
  readonly object: { readonly kind: IdKind; readonly id: Uuid } | null
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
       set request_hash = excluded.request_hash, started_at = excluded.started_at, object_kind = null,
           object_id = null, response_status = null, response_headers = null, response_body = null
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
    readonly object_kind: IdKind | null
    readonly object_id: Uuid | null
    readonly response_status: number | null
    readonly response_headers: Readonly<Record<string, string>> | null
    readonly response_body: string | null
  }>`
    select request_hash, started_at, object_kind, object_id, response_status, response_headers, response_body
      from idempotency_keys
     where ${isRow(of)}`.execute(db)
  const [row] = rows
  if (row === undefined) return null
  const { object_kind: kind, object_id: id, response_status: status, response_body: body } = row
  return {
    requestHash: row.request_hash,
    startedAt: row.started_at,
    object: kind === null || id === null ? null : { kind, id },
    answer:
      status === null || body === null
        ? null
        : { status, body, headers: row.response_headers ?? {} },
  }
}

/** Moves an abandoned claim to `to`; false when another request was faster. */
export async function takeOverClaim(db: Kysely<DB>, claim: Claim, to: Instant): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update idempotency_keys set started_at = ${to}
     where ${isHeldBy(claim)} and response_status is null`.execute(db)
  return numAffectedRows === 1n
}

/** Notes, in the command's own transaction, which object it made. False when the claim is no longer ours. */
export async function rememberObject(
  tx: Tx,
  claim: Claim,
  object: { kind: IdKind; id: Uuid },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update idempotency_keys set object_kind = ${object.kind}, object_id = ${object.id}
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
