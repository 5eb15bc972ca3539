import type { Uuid } from '@perennial/core/ids'
import { addMs, MS_PER_HOUR, type Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import { insertMany, type Tx } from '../../../platform/db/index.ts'
import { dueShares, lockDue } from '../../../platform/queues/index.ts'
import type { JsonObject } from '../../../platform/wire/index.ts'

/** An event, or an attempt that waits for its gateway, that nobody has been told of yet. */
export type News = {
  readonly accountId: Uuid
  readonly eventId: Uuid
  /** `attempt.pending` is of no event: an attempt goes by its own id. */
  readonly type: string
  readonly objectId: Uuid
  readonly subscriptionId: Uuid | null
  readonly invoiceId: Uuid | null
  readonly data: JsonObject
  readonly previous: JsonObject | null
  readonly at: Instant
}

/** Accounts that have news, by their ids. */
export async function listAccountsWithNews(tx: Tx, limit: number): Promise<Uuid[]> {
  const { rows } = await sql<{ readonly account_id: Uuid }>`
    with recursive found as (
      (select account_id from revolv3_news order by account_id limit 1)
      union all
      select (select n.account_id from revolv3_news n
               where n.account_id > found.account_id order by n.account_id limit 1)
        from found
       where found.account_id is not null
    )
    select account_id from found where account_id is not null limit ${limit}`.execute(tx)
  return rows.map((row) => row.account_id)
}

/** The oldest news of an account; what another worker takes is left to it. */
export async function takeNews(tx: Tx, accountId: Uuid, limit: number): Promise<News[]> {
  const { rows } = await sql<News>`
    with oldest as materialized (
      select account_id, event_id from revolv3_news
       where account_id = ${accountId}
       order by event_id limit ${limit} for update skip locked
    ), taken as (
      delete from revolv3_news n
       using oldest o
       where n.account_id = o.account_id and n.event_id = o.event_id
      returning n.account_id, n.event_id, n.attempt_id
    )
    select t.account_id as "accountId", t.event_id as "eventId", coalesce(e.type, 'attempt.pending') as type,
           coalesce(e.object_id, a.id) as "objectId", coalesce(e.subscription_id, a.subscription_id) as "subscriptionId",
           coalesce(e.invoice_id, a.invoice_id) as "invoiceId", coalesce(e.data, '{}') as data,
           e.previous_attributes as previous, coalesce(e.occurred_at, a.created_at) as at
      from taken t
      left join events e on e.account_id = t.account_id and e.id = t.event_id
      left join payment_attempts a on a.account_id = t.account_id and a.id = t.attempt_id
     where e.id is not null
        or a.id is not null
           and not exists (select from revolv3_deliveries d
                            where d.account_id = t.account_id and d.event_id = t.event_id)
     order by t.event_id`.execute(tx)
  return rows
}

export type AttemptTold = {
  readonly attemptId: Uuid
  /** It was told of while it waited. */
  readonly wasTold: boolean
}

/** The attempts whose ends transactions record. */
export async function readAttemptsOf(
  tx: Tx,
  accountId: Uuid,
  transactionIds: readonly Uuid[],
): Promise<Map<Uuid, AttemptTold>> {
  const { rows } = await sql<AttemptTold & { readonly id: Uuid }>`
    select t.id, t.attempt_id as "attemptId",
           exists (select from revolv3_deliveries d
                    where d.account_id = ${accountId} and d.event_id = t.attempt_id) as "wasTold"
      from transactions t
     where t.account_id = ${accountId} and t.id = any(${transactionIds}::uuid[]) and t.attempt_id is not null`.execute(
    tx,
  )
  return new Map(rows.map(({ id, ...told }) => [id, told]))
}

export type NewDelivery = {
  readonly id: Uuid
  readonly eventId: Uuid
  readonly eventType: string
  readonly objectId: Uuid
  readonly body: string
}

/**
 * When one is looked at that nobody called, although what it stood behind is over: longer than that may be tried. Until it is
 * called it is not among what is due, so that no claim passes over it.
 */
const CALLED_WITHIN_MS = 26 * MS_PER_HOUR

/** Each is due at once, but for what stands behind an earlier one of its object. */
export async function insertDeliveries(
  tx: Tx,
  accountId: Uuid,
  {
    deliveries,
    realNow,
  }: { readonly deliveries: readonly NewDelivery[]; readonly realNow: Instant },
): Promise<void> {
  if (deliveries.length === 0) return
  const led = await lockLastOf(tx, accountId, [
    ...new Set(deliveries.map(({ objectId }) => objectId)),
  ])
  const rows = deliveries.map((delivery) => {
    const isBehind = led.has(delivery.objectId)
    led.add(delivery.objectId)
    return {
      account_id: accountId,
      id: delivery.id,
      event_id: delivery.eventId,
      event_type: delivery.eventType,
      object_id: delivery.objectId,
      body: delivery.body,
      state: 'waiting' as const,
      next_try_at: isBehind ? addMs(realNow, CALLED_WITHIN_MS) : realNow,
      created_at: realNow,
    }
  })
  await insertMany(tx, 'revolv3_deliveries', rows)
}

/** Objects with something that waits. The last of each is not over before this transaction is, and calls what is behind it then. */
async function lockLastOf(tx: Tx, accountId: Uuid, objectIds: readonly Uuid[]): Promise<Set<Uuid>> {
  const { rows } = await sql<{ readonly object_id: Uuid }>`
    select last.object_id
      from unnest(${objectIds}::uuid[]) as object(id)
     cross join lateral (
       select d.object_id from revolv3_deliveries d
        where d.account_id = ${accountId} and d.object_id = object.id and d.state = 'waiting'
        order by d.id desc
        limit 1
          for share) as last
     order by 1`.execute(tx)
  return new Set(rows.map((row) => row.object_id))
}

export type ClaimedDelivery = {
  readonly accountId: Uuid
  readonly id: Uuid
  readonly body: string
  /** This one counted. */
  readonly tries: number
  readonly firstTryAt: Instant
  readonly settings: unknown
}

/**
 * Deliveries of any account that are due, a few of each and one an object: what came before about it is delivered, or given up,
 * first. A claim counts as a try and holds until `leaseUntil`.
 */
export async function claimDeliveries(
  tx: Tx,
  given: {
    readonly realNow: Instant
    readonly leaseUntil: Instant
    readonly limit: number
    readonly limitPerAccount: number
  },
): Promise<ClaimedDelivery[]> {
  const { realNow } = given
  const queue = { table: 'revolv3_deliveries', isWaiting: sql`q.state = 'waiting'`, realNow }
  const shares = dueShares({
    ...queue,
    owner: ['account_id'],
    key: 'id',
    isNext: sql`not exists (select from revolv3_deliveries b
                             where b.account_id = q.account_id and b.object_id = q.object_id
                               and b.id < q.id and b.state = 'waiting')`,
    share: given.limitPerAccount,
  })
  const due = lockDue({ ...queue, keys: ['account_id', 'id'], from: sql`picked` })
  const { rows } = await sql<ClaimedDelivery>`
    ${shares},
    picked as materialized (
      select account_id, id from shares order by nth, random() limit ${given.limit}),
    ${due}
    update revolv3_deliveries d
       set tries = d.tries + 1, first_try_at = coalesce(d.first_try_at, ${realNow}),
           next_try_at = ${given.leaseUntil}
      from due
      join accounts a on a.id = due.account_id
     where d.account_id = due.account_id and d.id = due.id
    returning d.account_id as "accountId", d.id, d.body, d.tries, d.first_try_at as "firstTryAt", a.settings`.execute(
    tx,
  )
  return rows
}

/** What came of a try. One that is over calls the next one of its object. */
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
    update revolv3_deliveries
       set state = ${result.state}, last_status = ${result.status}, last_error = ${result.error},
           next_try_at = ${result.nextTryAt}, done_at = ${doneAt}
     where account_id = ${key.accountId} and id = ${key.id} and state = 'waiting'`.execute(tx)
  if (result.state !== 'waiting') await callNext(tx, key, result.realNow)
}

async function callNext(
  tx: Tx,
  { accountId, id }: { readonly accountId: Uuid; readonly id: Uuid },
  realNow: Instant,
): Promise<void> {
  await sql`
    update revolv3_deliveries d
       set next_try_at = least(d.next_try_at, ${realNow})
      from (select n.id
              from revolv3_deliveries over
             cross join lateral (
               select id from revolv3_deliveries b
                where b.account_id = over.account_id and b.object_id = over.object_id and b.state = 'waiting'
                order by id
                limit 1) as n
             where over.account_id = ${accountId} and over.id = ${id}) as next
     where d.account_id = ${accountId} and d.id = next.id and d.state = 'waiting' and d.tries = 0`.execute(
    tx,
  )
}
