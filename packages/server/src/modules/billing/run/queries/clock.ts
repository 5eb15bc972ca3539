import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { type Kysely, sql } from 'kysely'
import type { DB, Tx } from '../../../../platform/db/index.ts'

/** Moves a sandbox's clock. False when it is not a sandbox, or when the clock would go back. */
export async function holdClock(db: Kysely<DB>, accountId: Uuid, at: Instant): Promise<boolean> {
  const result = await sql`
    update accounts set clock_held_at = ${at}
     where id = ${accountId} and environment = 'sandbox'
       and (clock_held_at is null or clock_held_at <= ${at})`.execute(db)
  return result.numAffectedRows === 1n
}

/** Lets a sandbox's time run with real time again. */
export async function releaseClock(tx: Tx, accountId: Uuid): Promise<void> {
  await sql`
    update accounts set clock_held_at = null where id = ${accountId} and environment = 'sandbox'`.execute(
    tx,
  )
}

/** Held until the transaction ends, however long it idles: one mover of an account's clock at a time. */
export async function tryLockClock(tx: Tx, accountId: Uuid): Promise<boolean> {
  await sql`set local idle_in_transaction_session_timeout = 0`.execute(tx)
  const { rows } = await sql<{ readonly locked: boolean }>`
    select pg_try_advisory_xact_lock(hashtextextended(${`clock:${accountId}`}, 0)) as locked`.execute(
    tx,
  )
  return rows[0]?.locked === true
}

/** Whether the account's clock was moved and stands. */
export async function isClockHeld(tx: Tx, accountId: Uuid): Promise<boolean> {
  const { rows } = await sql<{ readonly held: boolean }>`
    select clock_held_at is not null as held from accounts where id = ${accountId}`.execute(tx)
  return rows[0]?.held === true
}
