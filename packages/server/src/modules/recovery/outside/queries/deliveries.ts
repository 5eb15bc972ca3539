import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { type Insertable, sql } from 'kysely'
import { type DB, insertMany, type Tx } from '../../../../platform/db/index.ts'
import { dueShares, lockDue } from '../../../../platform/queues/index.ts'

export type DeliveryRow = Readonly<Insertable<DB['recovery_deliveries']>>

export async function insertDeliveries(tx: Tx, rows: readonly DeliveryRow[]): Promise<void> {
  await insertMany(tx, 'recovery_deliveries', rows)
}

export type ClaimedDelivery = {
  readonly account_id: Uuid
  readonly id: Uuid
  readonly client_id: Uuid
  readonly body: string
  /** This one counted. */
  readonly tries: number
  readonly first_try_at: Instant
  readonly webhook_url: string | null
  readonly webhook_secret_sealed: string
  readonly environment: 'live' | 'sandbox'
}

/**
 * Deliveries of any account that are due, a few of each client, and of each account as many as of any other. A claim counts as a
 * try and holds until `leaseUntil`, so that a worker that dies in the middle of one is followed by another. Waiting is real time.
 */
export async function claimDeliveries(
  tx: Tx,
  given: {
    readonly realNow: Instant
    readonly leaseUntil: Instant
    readonly limit: number
    readonly limitPerClient: number
  },
): Promise<ClaimedDelivery[]> {
  const { realNow } = given
  const queue = { table: 'recovery_deliveries', isWaiting: sql`q.state = 'waiting'`, realNow }
  const owner = ['account_id', 'client_id']
  const shares = dueShares({ ...queue, owner, key: 'id', share: given.limitPerClient })
  const due = lockDue({ ...queue, keys: ['account_id', 'id'], from: sql`picked` })
  const { rows } = await sql<ClaimedDelivery>`
    ${shares},
    picked as materialized (
      select account_id, id
        from (select *, row_number() over (partition by account_id order by nth, next_try_at) as turn from shares) as turns
       order by turn, random()
       limit ${given.limit}),
    ${due}
    update recovery_deliveries d
       set tries = d.tries + 1, first_try_at = coalesce(d.first_try_at, ${realNow}),
           next_try_at = ${given.leaseUntil}
      from due
      join recovery_clients c on c.account_id = due.account_id
      join accounts a on a.id = due.account_id
     where d.account_id = due.account_id and d.id = due.id and c.id = d.client_id
    returning d.account_id, d.id, d.client_id, d.body, d.tries, d.first_try_at, c.webhook_url, c.webhook_secret_sealed, a.environment`.execute(
    tx,
  )
  return rows
}

const REPLAYED_MAX = 1_000

/** What was given up, or had no address, is due anew as if it were new: the oldest first. Its bytes and id stay. */
export async function replayDeliveries(
  tx: Tx,
  of: { readonly accountId: Uuid; readonly clientId: Uuid; readonly realNow: Instant },
): Promise<number> {
  const { accountId, clientId, realNow } = of
  const { numAffectedRows } = await sql`
    update recovery_deliveries
       set state = 'waiting', tries = 0, first_try_at = null, next_try_at = ${realNow}
     where account_id = ${accountId}
       and id = any(array(select id from recovery_deliveries
                           where account_id = ${accountId} and client_id = ${clientId} and state in ('dead', 'kept')
                           order by id
                           limit ${REPLAYED_MAX}
                             for update skip locked))`.execute(tx)
  return Number(numAffectedRows ?? 0n)
}

export async function recordDelivery(
  tx: Tx,
  key: { readonly accountId: Uuid; readonly id: Uuid },
  result: {
    readonly state: 'waiting' | 'done' | 'dead'
    readonly status: number | null
    readonly error: string | null
    readonly nextTryAt: Instant | null
    readonly realNow: Instant
  },
): Promise<void> {
  const doneAt = result.state === 'done' ? result.realNow : null
  await sql`
    update recovery_deliveries
       set state = ${result.state}, last_status = ${result.status}, last_error = ${result.error},
           next_try_at = ${result.nextTryAt}, done_at = ${doneAt}
     where account_id = ${key.accountId} and id = ${key.id} and state = 'waiting'`.execute(tx)
}
