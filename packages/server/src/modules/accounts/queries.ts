import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import type { Instant, TimeZone } from '@perennial/core/time'
import { type Kysely, sql } from 'kysely'
import { COLUMN_TYPES, type DB, type Tx, insertMany } from '../../platform/db/index.ts'

export type ApiKeyRow = {
  readonly id: Uuid
  readonly name: string
  readonly hint: string
  readonly scopes: unknown
  readonly created_at: Instant
  readonly revoked_at: Instant | null
}

export type AccountRow = {
  readonly id: Uuid
  readonly merchant_id: Uuid
  readonly environment: 'live' | 'sandbox'
  readonly name: string
  readonly timezone: string
  readonly currency: string
  readonly settings: unknown
  readonly clock_held_at: Instant | null
  readonly created_at: Instant
}

/** A key with its account. It comes before any account is known, so it is not bound to one. */
export async function findKeyWithAccount(
  db: Kysely<DB>,
  secretHash: string,
): Promise<
  | (AccountRow & {
      readonly key_id: Uuid
      readonly scopes: unknown
      readonly revoked_at: Instant | null
      readonly is_narrowed: boolean
    })
  | null
> {
  const { rows } = await sql<
    AccountRow & {
      readonly key_id: Uuid
      readonly scopes: unknown
      readonly revoked_at: Instant | null
      readonly is_narrowed: boolean
    }
  >`
    select k.id as key_id, k.scopes, k.revoked_at, a.id, a.merchant_id, a.environment, a.name, a.timezone, a.currency,
           a.settings, a.clock_held_at, a.created_at,
           r.permissions is not null or r.addresses is not null as is_narrowed
      from api_keys k
      join accounts a on a.id = k.account_id
      left join revcent_keys r on r.account_id = k.account_id and r.api_key_id = k.id
     where k.secret_hash = ${secretHash}`.execute(db)
  return rows[0] ?? null
}

export async function findAccount(db: Kysely<DB>, accountId: Uuid): Promise<AccountRow | null> {
  const { rows } = await sql<AccountRow>`
    select id, merchant_id, environment, name, timezone, currency, settings, clock_held_at, created_at
      from accounts
     where id = ${accountId}`.execute(db)
  return rows[0] ?? null
}

/** Whether this database has been set up: an operator's question, across all accounts. */
export async function hasAnyAccount(db: Kysely<DB>): Promise<boolean> {
  const { rows } = await sql<{
    readonly found: boolean
  }>`select exists (select 1 from accounts) as found`.execute(db)
  return rows[0]?.found === true
}

/**
 * Waits until no other process sets this database up. Held until the transaction ends, however long it idles: filling
 * the demo takes its time.
 */
export async function lockFirstStart(tx: Tx): Promise<void> {
  await sql`set local idle_in_transaction_session_timeout = 0`.execute(tx)
  await sql`select pg_advisory_xact_lock(4242000003)`.execute(tx)
}

export async function getLockedAccount(tx: Tx, accountId: Uuid): Promise<AccountRow> {
  const { rows } = await sql<AccountRow>`
    select id, merchant_id, environment, name, timezone, currency, settings, clock_held_at, created_at
      from accounts
     where id = ${accountId}
       for update`.execute(tx)
  const [row] = rows
  assert(row !== undefined, 'a command runs in an account that exists')
  return row
}

/**
 * Whether PostgreSQL's time zones have this one: dates are reckoned there too, and its list may be older than ours. Reads
 * all of them, so it is asked only when a time zone is set.
 */
export async function isTimeZoneOfDatabase(tx: Tx, timezone: TimeZone): Promise<boolean> {
  const { rows } = await sql<{ readonly found: boolean }>`
    select exists (select 1 from pg_timezone_names where name = ${timezone}) as found`.execute(tx)
  return rows[0]?.found === true
}

export async function updateAccount(
  tx: Tx,
  accountId: Uuid,
  details: Pick<AccountRow, 'name' | 'timezone' | 'currency'>,
): Promise<void> {
  await sql`
    update accounts set name = ${details.name}, timezone = ${details.timezone}, currency = ${details.currency}
     where id = ${accountId}`.execute(tx)
}

/** Merges `patch` into an account's settings; null removes a key. */
export async function mergeSettings(
  tx: Tx,
  accountId: Uuid,
  patch: Readonly<Record<string, unknown>>,
): Promise<void> {
  await sql`
    update accounts set settings = jsonb_strip_nulls(settings || ${JSON.stringify(patch)}::jsonb)
     where id = ${accountId}`.execute(tx)
}

/** The sandboxes whose demo was begun and not finished: an operator's question, across all accounts. */
export async function listUnfinishedDemos(db: Kysely<DB>): Promise<Uuid[]> {
  const { rows } = await sql<{ readonly id: Uuid }>`
    select id from accounts where settings ->> 'demo' = 'unfinished' order by id limit 100`.execute(
    db,
  )
  return rows.map((row) => row.id)
}

/** Every account, oldest first: an operator's question. */
export async function listAccounts(db: Kysely<DB>, limit: number): Promise<AccountRow[]> {
  const { rows } = await sql<AccountRow>`
    select id, merchant_id, environment, name, timezone, currency, settings, clock_held_at, created_at
      from accounts
     order by id
     limit ${limit}`.execute(db)
  return rows
}

export type NewMerchant = {
  readonly id: Uuid
  readonly name: string
  readonly createdAt: Instant
  readonly owner: { readonly id: Uuid; readonly email: string; readonly passwordHash: string }
  readonly accounts: readonly {
    readonly id: Uuid
    readonly environment: 'live' | 'sandbox'
    readonly name: string
    readonly timezone: string
    readonly currency: string
  }[]
}

/** The merchant, its owner, its accounts and their invoice counters. */
export async function insertMerchant(tx: Tx, merchant: NewMerchant): Promise<void> {
  const { owner, createdAt } = merchant
  await insertMany(
    tx,
    'merchants',
    [{ id: merchant.id, name: merchant.name, created_at: createdAt }],
    COLUMN_TYPES.merchants,
  )
  const user = {
    id: owner.id,
    merchant_id: merchant.id,
    email: owner.email,
    password_hash: owner.passwordHash,
  }
  await insertMany(
    tx,
    'users',
    [{ ...user, role: 'owner', created_at: createdAt }],
    COLUMN_TYPES.users,
  )
  const accounts = merchant.accounts.map((account) => ({
    ...account,
    merchant_id: merchant.id,
    created_at: createdAt,
  }))
  await insertMany(tx, 'accounts', accounts, COLUMN_TYPES.accounts)
  const counters = merchant.accounts.map(({ id }) => ({ account_id: id }))
  await insertMany(tx, 'invoice_counters', counters, COLUMN_TYPES.invoice_counters)
}

export type NewApiKey = {
  readonly accountId: Uuid
  readonly id: Uuid
  readonly name: string
  readonly secretHash: string
  readonly hint: string
  readonly scopes: readonly string[]
  readonly createdAt: Instant
}

export async function insertApiKeys(tx: Tx, keys: readonly NewApiKey[]): Promise<void> {
  const rows = keys.map((key) => ({
    account_id: key.accountId,
    id: key.id,
    name: key.name,
    secret_hash: key.secretHash,
    hint: key.hint,
    scopes: key.scopes,
    created_at: key.createdAt,
  }))
  await insertMany(tx, 'api_keys', rows, COLUMN_TYPES.api_keys)
}

export async function selectApiKey(
  tx: Tx,
  key: { readonly accountId: Uuid; readonly id: Uuid },
): Promise<ApiKeyRow | null> {
  const { rows } = await sql<ApiKeyRow>`
    select id, name, hint, scopes, created_at, revoked_at
      from api_keys
     where account_id = ${key.accountId} and id = ${key.id}`.execute(tx)
  return rows[0] ?? null
}

export async function lockApiKey(
  tx: Tx,
  key: { readonly accountId: Uuid; readonly id: Uuid },
): Promise<ApiKeyRow | null> {
  const { rows } = await sql<ApiKeyRow>`
    select id, name, hint, scopes, created_at, revoked_at
      from api_keys
     where account_id = ${key.accountId} and id = ${key.id}
       for update`.execute(tx)
  return rows[0] ?? null
}

/** What narrows a key down on the faces that know such a thing narrows down the one that takes its place. */
export async function copyKeyLimits(
  tx: Tx,
  accountId: Uuid,
  { fromId, toId }: { readonly fromId: Uuid; readonly toId: Uuid },
): Promise<void> {
  await sql`
    insert into revcent_keys (account_id, api_key_id, permissions, addresses, updated_at)
    select account_id, ${toId}, permissions, addresses, updated_at
      from revcent_keys
     where account_id = ${accountId} and api_key_id = ${fromId}`.execute(tx)
}

/** Null when the key is revoked already or not the account's. */
export async function markKeyRevoked(
  tx: Tx,
  key: { readonly accountId: Uuid; readonly id: Uuid; readonly revokedAt: Instant },
): Promise<ApiKeyRow | null> {
  const { rows } = await sql<ApiKeyRow>`
    update api_keys set revoked_at = ${key.revokedAt}
     where account_id = ${key.accountId} and id = ${key.id} and revoked_at is null
    returning id, name, hint, scopes, created_at, revoked_at`.execute(tx)
  return rows[0] ?? null
}
