import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import type { Currency } from '@perennial/core/money'
import type { Instant } from '@perennial/core/time'
import { type Kysely, type Selectable, sql } from 'kysely'
import { type DB, insertMany, type Tx, updateMany } from '../../../../platform/db/index.ts'
import type { RecoveryRow, toRecoveryUpdate } from '../rows.ts'

export type OutsideKey = { readonly accountId: Uuid; readonly id: Uuid }

/** The constraint `outside_recoveries_one_per_key` refuses a second one under a key. */
export async function insertRecovery(tx: Tx, row: RecoveryRow): Promise<void> {
  await insertMany(tx, 'outside_recoveries', [row])
}

/** Writes what locked rows have become. */
export async function updateRecoveries(
  tx: Tx,
  rows: readonly ReturnType<typeof toRecoveryUpdate>[],
): Promise<void> {
  const count = await updateMany(tx, 'outside_recoveries', rows)
  assert(count === rows.length, 'locked recoveries are there')
}

type StoredRow = Selectable<DB['outside_recoveries']>

export async function findRecovery(
  tx: Tx,
  key: OutsideKey & { readonly clientId: Uuid },
): Promise<StoredRow | null> {
  const { rows } = await sql<StoredRow>`
    select * from outside_recoveries
     where account_id = ${key.accountId} and id = ${key.id} and client_id = ${key.clientId}`.execute(
    tx,
  )
  return rows[0] ?? null
}

export async function findRecoveryByKey(
  tx: Tx,
  key: { readonly accountId: Uuid; readonly clientId: Uuid; readonly idempotencyKey: string },
): Promise<StoredRow | null> {
  const { rows } = await sql<StoredRow>`
    select * from outside_recoveries
     where account_id = ${key.accountId} and client_id = ${key.clientId}
       and idempotency_key = ${key.idempotencyKey}`.execute(tx)
  return rows[0] ?? null
}

export async function lockRecovery(tx: Tx, key: OutsideKey): Promise<StoredRow | null> {
  const { rows } = await sql<StoredRow>`
    select * from outside_recoveries
     where account_id = ${key.accountId} and id = ${key.id}
       for update`.execute(tx)
  return rows[0] ?? null
}

/** More than one leaves it open which was meant. */
const OLDER_MAX = 2

/**
 * A recovery after older ones that are still open and ask for its amount, with its card or under its payer's address; of each
 * `OLDER_MAX` at most. Bills of platforms and simulated ones are none of them. Locked, in the order of their ids.
 */
export async function lockWithOlder(tx: Tx, { accountId, id }: OutsideKey): Promise<StoredRow[]> {
  const same = (column: 'customer_email' | 'token' | 'handed_token', as: string) => sql`
    (select older.id from paid
       join outside_recoveries older
         on older.account_id = ${accountId} and older.client_id = paid.client_id
        and older.${sql.ref(column)} = paid.${sql.ref(as)} and older.closed_at is null
        and older.amount_minor = paid.amount_minor and older.currency = paid.currency
        and older.connector_id is null and not older.is_simulated and older.id < paid.id
      limit ${OLDER_MAX})`
  const { rows } = await sql<StoredRow>`
    select * from outside_recoveries
     where account_id = ${accountId} and id = any(array(
       with paid as (
         select * from outside_recoveries
          where account_id = ${accountId} and id = ${id} and connector_id is null and not is_simulated)
       select ${id}::uuid
       union ${same('customer_email', 'customer_email')}
       union ${same('token', 'token')}
       union ${same('handed_token', 'token')}))
       and (closed_at is null or id = ${id})
     order by id
       for update`.execute(tx)
  return rows
}

export type SameCharge = {
  readonly accountId: Uuid
  readonly clientId: Uuid
  readonly token: string
  readonly amountMinor: bigint
  readonly currency: Currency
}

/**
 * Until the transaction ends nobody else hands over a key, or charges a card, that is locked here. Taken in one order, and
 * after the recoveries where those are locked as well.
 */
export async function lockNames(tx: Tx, names: readonly string[]): Promise<void> {
  await sql`
    select pg_advisory_xact_lock(hashtextextended(name, 20260701))
      from unnest(${[...new Set(names)].toSorted()}::text[]) as name`.execute(tx)
}

/**
 * What a hand-over repeats, by the key it was given or by being the same charge: the same card and amount, handed over after
 * `since`. A charge since then is the same too (a fallback, say), and so is what goes on with this card because it took another
 * one's place after `movedSince`. For a bill of a platform only what its biller handed over itself can be the same charge: one
 * card may have to pay two bills of one amount.
 */
export async function findRepeatedIds(
  tx: Tx,
  charge: SameCharge & { readonly idempotencyKey: string | null; readonly isBilled: boolean },
  { since, movedSince }: { readonly since: Instant; readonly movedSince: Instant },
): Promise<{
  readonly byKey: Uuid | null
  readonly byCard: Uuid | null
  readonly byMove: Uuid | null
}> {
  const { accountId, clientId, token, amountMinor, currency } = charge
  const mayBeSame = charge.isBilled ? sql`connector_id is null` : sql`true`
  const { rows } = await sql<Record<'by_key' | 'by_card' | 'by_move', Uuid | null>>`
    select (select id from outside_recoveries
             where account_id = ${accountId} and client_id = ${clientId}
               and idempotency_key = ${charge.idempotencyKey}) as by_key,
           (select id from (
              (select id, opened_at as at from outside_recoveries
                where account_id = ${accountId} and client_id = ${clientId} and handed_token = ${token}
                  and opened_at > ${since} and amount_minor = ${amountMinor} and currency = ${currency}
                  and ${mayBeSame}
                order by opened_at desc
                limit 1)
              union all
              (select recovery_id, created_at from outside_attempts
                where account_id = ${accountId} and client_id = ${clientId} and token = ${token}
                  and created_at > ${since} and amount_minor = ${amountMinor} and currency = ${currency}
                  and ${mayBeSame}
                order by created_at desc
                limit 1)) as same
             order by at desc
             limit 1) as by_card,
           (select id from outside_recoveries
             where account_id = ${accountId} and client_id = ${clientId} and handed_token = ${token}
               and closed_at is null and moved_at > ${movedSince}
               and amount_minor = ${amountMinor} and currency = ${currency} and ${mayBeSame}
             order by moved_at desc
             limit 1) as by_move`.execute(tx)
  const [found] = rows
  assert(found !== undefined, 'one row tells of all three')
  return { byKey: found.by_key, byCard: found.by_card, byMove: found.by_move }
}

/** More than are handed over with one card in a few minutes. */
const HANDED_MAX = 100

/** What the client itself has handed over with this card after `since`. */
export async function listHandedWith(
  tx: Tx,
  of: {
    readonly accountId: Uuid
    readonly clientId: Uuid
    readonly token: string
    readonly since: Instant
  },
): Promise<StoredRow[]> {
  const { rows } = await sql<StoredRow>`
    select * from outside_recoveries
     where account_id = ${of.accountId} and client_id = ${of.clientId} and handed_token = ${of.token}
       and opened_at > ${of.since} and moved_at is null and connector_id is null and not is_simulated
     order by opened_at desc
     limit ${HANDED_MAX}`.execute(tx)
  return rows
}

export async function hasDueRecoveries(tx: Tx, accountId: Uuid, until: Instant): Promise<boolean> {
  const { rows } = await sql`
    select 1 from outside_recoveries
     where account_id = ${accountId} and next_attempt_at <= ${until}
     limit 1`.execute(tx)
  return rows.length > 0
}

/** Recoveries whose time has come, taken from whoever else looks for some; locked until the transaction ends. */
export async function claimDueRecoveries(
  tx: Tx,
  accountId: Uuid,
  given: {
    readonly until: Instant
    readonly limit: number
    /** Of those whose bills live on a platform, the ones that may be charged. */
    readonly openIds: readonly Uuid[]
  },
): Promise<StoredRow[]> {
  const { rows } = await sql<StoredRow>`
    select * from outside_recoveries
     where account_id = ${accountId} and next_attempt_at <= ${given.until}
       and (connector_id is null or id = any(${given.openIds}::uuid[]))
     order by next_attempt_at
     limit ${given.limit}
       for update skip locked`.execute(tx)
  return rows
}

export type UndescribedCard = {
  readonly clientId: Uuid
  readonly gatewayId: Uuid
  readonly token: string
}

/** Cards of planned tries whose time has come, of which no gateway has told what they are. */
export async function listDueUndescribed(
  tx: Tx,
  accountId: Uuid,
  given: { readonly until: Instant; readonly limit: number },
): Promise<UndescribedCard[]> {
  const { rows } = await sql<UndescribedCard>`
    select client_id as "clientId", gateway_id as "gatewayId", token
      from outside_recoveries r
     where account_id = ${accountId} and next_attempt_at <= ${given.until}
       and gateway_id is not null and plan ->> 'source' = 'planner'
       and not exists (select from outside_cards c
                        where c.account_id = ${accountId} and c.client_id = r.client_id and c.token = r.token)
     order by next_attempt_at
     limit ${given.limit}`.execute(tx)
  return rows
}

type OfCard = { readonly accountId: Uuid; readonly clientId: Uuid; readonly token: string }

/** Open recoveries that a card is tried for, or that were handed over with it. */
function openWith({ accountId, clientId, token }: OfCard) {
  return sql`id = any(array(
    select id from outside_recoveries
     where account_id = ${accountId} and client_id = ${clientId} and token = ${token} and closed_at is null
    union
    select id from outside_recoveries
     where account_id = ${accountId} and client_id = ${clientId} and handed_token = ${token} and closed_at is null))`
}

export const OPEN_MAX = 100

/** Those with an id after `after`, at most `OPEN_MAX`, whether they wait or are being charged. Locked, in the order of their ids. */
export async function lockOpenWith(tx: Tx, of: OfCard, after: Uuid | null): Promise<StoredRow[]> {
  const { rows } = await sql<StoredRow>`
    select * from outside_recoveries
     where account_id = ${of.accountId} and ${openWith(of)} and closed_at is null
       and (${after}::uuid is null or id > ${after})
     order by id
     limit ${OPEN_MAX}
       for update`.execute(tx)
  return rows
}

/** What waits on a card, as it stands: for showing it. */
export async function listWaitingOn(tx: Tx, of: OfCard): Promise<StoredRow[]> {
  const { rows } = await sql<StoredRow>`
    select * from outside_recoveries
     where account_id = ${of.accountId} and ${openWith(of)} and next_attempt_at is not null
     order by id
     limit ${OPEN_MAX}`.execute(tx)
  return rows
}

export async function findNextOutside(db: Kysely<DB>, accountId: Uuid): Promise<Instant | null> {
  const { rows } = await sql<{ readonly at: Instant | null }>`
    select least(
      (select min(next_attempt_at) from outside_recoveries
        where account_id = ${accountId} and next_attempt_at is not null),
      (select min(updater_ask_at) from outside_recoveries
        where account_id = ${accountId} and updater_ask_at is not null),
      (select min(check_at) from outside_attempts
        where account_id = ${accountId} and state = 'pending'),
      (select min(notice_at) from outside_cards
        where account_id = ${accountId} and notice_at is not null)) as at`.execute(db)
  return rows[0]?.at ?? null
}
