import type { Uuid } from '@perennial/core/ids'
import type { GatewayNotice, GatewayOutcome } from '@perennial/core/payments'
import { addMs, formatInstant, type Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'
import {
  readChoices,
  readRows,
  type Page,
  type PageRequest,
} from '../../../platform/lists/index.ts'
import {
  toPayload,
  toStoredNotice,
  type NoticeResult,
  type NoticeRow,
  type StoredNotice,
} from './notice.ts'

export type ReceivedNotices = {
  readonly accountId: Uuid
  readonly gatewayId: Uuid
  readonly source: StoredNotice['source']
  readonly notices: readonly GatewayNotice[]
  readonly nextId: () => Uuid
  /** Real time. */
  readonly receivedAt: Instant
  /** Real time for which the receiver alone applies them. */
  readonly leaseMs: number
}

/** Keeps what is not there yet; a notice that came before, whichever way, is left out. Oldest first. */
export async function insertNotices(tx: Tx, given: ReceivedNotices): Promise<StoredNotice[]> {
  const { accountId, gatewayId, notices, receivedAt } = given
  if (notices.length === 0) return []
  const { rows } = await sql<NoticeRow>`
    insert into gateway_notices (account_id, id, gateway_id, notice_id, kind, source, payload, told_at,
                                 received_at, next_try_at)
    select ${accountId}, u.id, ${gatewayId}, u.notice_id, u.kind, ${given.source}, u.payload::jsonb, u.told_at,
           ${receivedAt}, ${addMs(receivedAt, given.leaseMs)}
      from unnest(${notices.map(() => given.nextId())}::uuid[], ${notices.map(({ id }) => id)}::text[],
                  ${notices.map(({ kind }) => kind)}::text[],
                  ${notices.map((notice) => JSON.stringify(toPayload(notice)))}::text[],
                  ${notices.map(({ at }) => formatInstant(at))}::timestamptz[])
             as u(id, notice_id, kind, payload, told_at)
    on conflict (account_id, gateway_id, notice_id) do nothing
    returning *`.execute(tx)
  return rows.toSorted((a, b) => (a.id < b.id ? -1 : 1)).map(toStoredNotice)
}

/** Takes notices that nobody is applying, in the order in which they were told, for as long as the lease runs. */
export async function claimNotices(
  tx: Tx,
  given: {
    readonly accountId: Uuid
    readonly realNow: Instant
    readonly leaseMs: number
    readonly limit: number
  },
): Promise<StoredNotice[]> {
  const { accountId, realNow } = given
  const { rows } = await sql<NoticeRow>`
    update gateway_notices set next_try_at = ${addMs(realNow, given.leaseMs)}
     where account_id = ${accountId} and id = any(array(
             select id from gateway_notices
              where account_id = ${accountId} and state = 'waiting' and next_try_at <= ${realNow}
              order by next_try_at
              limit ${given.limit}
                for update skip locked))
    returning *`.execute(tx)
  return rows
    .toSorted((a, b) => a.told_at - b.told_at || (a.id < b.id ? -1 : 1))
    .map(toStoredNotice)
}

/** What came of a try. A notice that somebody else has settled meanwhile is left alone. */
export async function recordNoticeResult(
  tx: Tx,
  of: { readonly accountId: Uuid; readonly id: Uuid; readonly at: Instant },
  result: NoticeResult,
): Promise<void> {
  const nextTryAt = result.state === 'waiting' ? result.nextTryAt : null
  const appliedAt = result.state === 'waiting' ? null : of.at
  await sql`
    update gateway_notices
       set state = ${result.state}, reason = ${result.reason}, next_try_at = ${nextTryAt},
           applied_at = ${appliedAt}, tries = tries + 1
     where account_id = ${of.accountId} and id = ${of.id} and state = 'waiting'`.execute(tx)
}

/** Lets parked notices be tried again; how many there were. */
export async function unparkNotices(
  tx: Tx,
  given: { readonly accountId: Uuid; readonly ids: readonly Uuid[]; readonly realNow: Instant },
): Promise<number> {
  const { numAffectedRows } = await sql`
    update gateway_notices set state = 'waiting', next_try_at = ${given.realNow}, tries = 0
     where account_id = ${given.accountId} and id = any(${given.ids}::uuid[]) and state = 'parked'`.execute(
    tx,
  )
  return Number(numAffectedRows ?? 0n)
}

/** A person has looked at a parked notice, and had it applied or set aside. False when it is not parked. */
export async function settleParkedNotice(
  tx: Tx,
  given: {
    readonly accountId: Uuid
    readonly id: Uuid
    readonly state: 'applied' | 'ignored'
    readonly reason: string
    readonly at: Instant
  },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update gateway_notices set state = ${given.state}, reason = ${given.reason}, applied_at = ${given.at}
     where account_id = ${given.accountId} and id = ${given.id} and state = 'parked'`.execute(tx)
  return numAffectedRows === 1n
}

/** Whether the gateway has told that a bank gave this charge again, at this instant or later. */
export async function wasGivenAgain(
  tx: Tx,
  charge: {
    readonly accountId: Uuid
    readonly gatewayId: Uuid
    readonly reference: string
    readonly since: Instant
  },
): Promise<boolean> {
  const { rows } = await sql<{ readonly found: boolean }>`
    select exists (select from gateway_notices
                    where account_id = ${charge.accountId} and gateway_id = ${charge.gatewayId}
                      and payload->>'gatewayReference' = ${charge.reference} and kind = 'charge'
                      and payload->>'isGivenAgain' = 'true' and told_at >= ${charge.since}) as found`.execute(
    tx,
  )
  return rows[0]?.found === true
}

/** Says which attempt a notice is about, where the gateway has not: nothing else is charged for it until it has ended. */
export async function nameAttempt(
  tx: Tx,
  of: {
    readonly accountId: Uuid
    readonly gatewayId: Uuid
    readonly noticeId: string
    readonly attemptId: Uuid
  },
): Promise<void> {
  await sql`
    update gateway_notices set payload = payload || ${JSON.stringify({ idempotencyKey: of.attemptId })}::jsonb
     where account_id = ${of.accountId} and gateway_id = ${of.gatewayId} and notice_id = ${of.noticeId}`.execute(
    tx,
  )
}

/** What became of a charge is known: notices from before then that tell one of these outcomes wait no more. */
export async function settleWordOf(
  tx: Tx,
  of: {
    readonly accountId: Uuid
    readonly attemptId: Uuid
    readonly outcomes: readonly GatewayOutcome['kind'][]
    readonly at: Instant
  },
): Promise<void> {
  await sql`
    update gateway_notices
       set state = 'ignored', reason = 'its end is known', next_try_at = null, applied_at = ${of.at}
     where account_id = ${of.accountId} and payload->>'idempotencyKey' = ${of.attemptId}::text
       and kind = 'charge' and state in ('waiting', 'parked')
       and payload->'outcome'->>'kind' = any(${of.outcomes}::text[]) and told_at <= ${of.at}`.execute(
    tx,
  )
}

export type NoticeFilter = { readonly state: string | null; readonly kind: string | null }

/** Newest first; those of a state or a kind are read as one short list. */
export async function listNotices(
  tx: Tx,
  accountId: Uuid,
  filter: NoticeFilter,
  page: PageRequest,
): Promise<Pick<Page<NoticeRow>, 'rows' | 'hasMore'>> {
  const { state, kind } = filter
  const base = { select: '*', table: 'gateway_notices', accountId, page } as const
  const isKind = kind === null ? [] : [sql`kind = ${kind}`]
  if (state !== null) {
    const choices = { columns: ['state'], combinations: [[state]] }
    return readChoices(tx, { ...base, filters: isKind, choices })
  }
  if (kind === null) return readRows(tx, { ...base, filters: [] })
  return readChoices(tx, { ...base, filters: [], choices: { columns: ['kind'], combinations: [[kind]] } }) // prettier-ignore
}

export async function findNotice(tx: Tx, accountId: Uuid, id: Uuid): Promise<NoticeRow | null> {
  const { rows } = await sql<NoticeRow>`
    select * from gateway_notices where account_id = ${accountId} and id = ${id}`.execute(tx)
  return rows[0] ?? null
}

/** Whether the account has this gateway, archived or not. */
export async function hasGateway(tx: Tx, accountId: Uuid, gatewayId: Uuid): Promise<boolean> {
  const { rows } = await sql<{ readonly found: boolean }>`
    select exists (select from gateways
                    where account_id = ${accountId} and id = ${gatewayId}) as found`.execute(tx)
  return rows[0]?.found === true
}

/** A gateway that lives on the account's time, where to go on asking it, and when it wants to be asked. */
export type AskedGateway = {
  readonly gatewayId: Uuid
  readonly cursor: string | null
  readonly dueAt: Instant | null
}

/**
 * Gateways that have to be asked, because they cannot call at the right moment of a test clock. `dueBy`: only those that
 * have something to tell by then, or were never asked.
 */
export async function listAskedGateways(
  tx: Tx,
  accountId: Uuid,
  dueBy: Instant | null,
): Promise<AskedGateway[]> {
  const isDue =
    dueBy === null ? sql`true` : sql`(c.gateway_id is null or c.notices_due_at <= ${dueBy})`
  const { rows } = await sql<AskedGateway>`
    select g.id as "gatewayId", c.notices_cursor as cursor, c.notices_due_at as "dueAt"
      from gateways g
      left join gateway_cursors c on c.account_id = g.account_id and c.gateway_id = g.id
     where g.account_id = ${accountId} and g.kind = 'simulated' and ${isDue}
     order by g.id
     limit 100`.execute(tx)
  return rows
}

/** How far a gateway was asked, and when it has something to tell next. */
export async function saveNoticeCursor(
  tx: Tx,
  given: {
    readonly accountId: Uuid
    readonly gatewayId: Uuid
    readonly cursor: string | null
    readonly dueAt: Instant | null
  },
): Promise<void> {
  await sql`
    insert into gateway_cursors (account_id, gateway_id, notices_cursor, notices_due_at)
    values (${given.accountId}, ${given.gatewayId}, ${given.cursor}, ${given.dueAt})
    on conflict (account_id, gateway_id) do update
       set notices_cursor = excluded.notices_cursor, notices_due_at = excluded.notices_due_at
     where (gateway_cursors.notices_cursor, gateway_cursors.notices_due_at)
           is distinct from (excluded.notices_cursor, excluded.notices_due_at)`.execute(tx)
}
