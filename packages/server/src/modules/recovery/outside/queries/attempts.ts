import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { type Selectable, sql } from 'kysely'
import { type DB, insertMany, type Tx } from '../../../../platform/db/index.ts'
import { toAttempt, toAttemptRow, type OutsideAttempt } from '../rows.ts'

type StoredRow = Selectable<DB['outside_attempts']>

export async function insertOutsideAttempts(
  tx: Tx,
  attempts: readonly OutsideAttempt[],
  leaseUntil: Instant,
): Promise<void> {
  await insertMany(
    tx,
    'outside_attempts',
    attempts.map((attempt) => toAttemptRow(attempt, leaseUntil)),
  )
}

/** What became of a live attempt; false when it was settled already. */
export async function settleAttempt(
  tx: Tx,
  key: { readonly accountId: Uuid; readonly id: Uuid },
  end: {
    readonly state: 'unknown' | 'pending' | 'succeeded' | 'declined'
    readonly gatewayReference: string | null
    readonly decline: object | null
    /** What the card's network advised with an approval. */
    readonly approvalAdvice: string | null
    readonly leaseUntil: Instant | null
    readonly checkAt: Instant | null
    readonly settledAt: Instant | null
    /** Null leaves it as it is until the attempt is settled. */
    readonly nextActionUrl: string | null
  },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update outside_attempts
       set state = ${end.state}, gateway_reference = coalesce(${end.gatewayReference}, gateway_reference),
           decline = ${end.decline === null ? null : JSON.stringify(end.decline)}::jsonb,
           advice_code = ${end.approvalAdvice}, lease_until = ${end.leaseUntil}, check_at = ${end.checkAt}, settled_at = ${end.settledAt},
           next_action_url = case when ${end.state} = 'unknown' then coalesce(${end.nextActionUrl}, next_action_url) end
     where account_id = ${key.accountId} and id = ${key.id} and state in ('sending', 'unknown', 'pending')`.execute(
    tx,
  )
  return numAffectedRows === 1n
}

/** A live attempt; null once it is settled. */
export async function findOutsideAttempt(
  tx: Tx,
  key: { readonly accountId: Uuid; readonly id: Uuid },
): Promise<OutsideAttempt | null> {
  const { rows } = await sql<StoredRow>`
    select * from outside_attempts
     where account_id = ${key.accountId} and id = ${key.id} and state in ('sending', 'unknown', 'pending')`.execute(
    tx,
  )
  return rows[0] === undefined ? null : toAttempt(rows[0])
}

/** How an attempt has ended. */
export type OutsideEnd = {
  readonly gatewayId: Uuid
  readonly state: 'succeeded' | 'declined'
  readonly gatewayReference: string | null
  readonly settledAt: Instant
}

/** Null while an attempt is live. */
export async function findOutsideEnd(
  tx: Tx,
  key: { readonly accountId: Uuid; readonly id: Uuid },
): Promise<OutsideEnd | null> {
  const { rows } = await sql<OutsideEnd>`
    select gateway_id as "gatewayId", state, gateway_reference as "gatewayReference", settled_at as "settledAt"
      from outside_attempts
     where account_id = ${key.accountId} and id = ${key.id} and state in ('succeeded', 'declined')`.execute(
    tx,
  )
  return rows[0] ?? null
}

/** Where the cardholder of a recovery is to authenticate; null when nobody is waited for. */
export async function findNextAction(
  tx: Tx,
  key: { readonly accountId: Uuid; readonly recoveryId: Uuid },
): Promise<string | null> {
  const { rows } = await sql<{ readonly url: string | null }>`
    select next_action_url as url from outside_attempts
     where account_id = ${key.accountId} and recovery_id = ${key.recoveryId} and state in ('sending', 'unknown', 'pending')`.execute(
    tx,
  )
  return rows[0]?.url ?? null
}

/** Attempts whose answer got lost, once their lease is over; whoever claims them has it for as long again. */
export async function claimLostAttempts(
  tx: Tx,
  accountId: Uuid,
  given: { readonly realNow: Instant; readonly leaseUntil: Instant; readonly limit: number },
): Promise<OutsideAttempt[]> {
  const { rows } = await sql<StoredRow>`
    with lost as materialized (
      select id from outside_attempts
       where account_id = ${accountId} and state in ('sending', 'unknown') and lease_until <= ${given.realNow}
       order by lease_until
       limit ${given.limit}
         for update skip locked)
    update outside_attempts t set lease_until = ${given.leaseUntil}
      from lost
     where t.account_id = ${accountId} and t.id = lost.id
    returning t.*`.execute(tx)
  return rows.map(toAttempt)
}

/** Slow payments that should have settled; asked about again a day later. */
export async function claimPendingAttempts(
  tx: Tx,
  accountId: Uuid,
  given: { readonly until: Instant; readonly checkAgainAt: Instant; readonly limit: number },
): Promise<OutsideAttempt[]> {
  const { rows } = await sql<StoredRow>`
    with slow as materialized (
      select id from outside_attempts
       where account_id = ${accountId} and state = 'pending' and check_at <= ${given.until}
       order by check_at
       limit ${given.limit}
         for update skip locked)
    update outside_attempts t set check_at = ${given.checkAgainAt}
      from slow
     where t.account_id = ${accountId} and t.id = slow.id
    returning t.*`.execute(tx)
  return rows.map(toAttempt)
}
