import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../../platform/db/index.ts'
import { readRows, type Page, type PageRequest } from '../../platform/lists/index.ts'
import type { JsonObject } from '../../platform/wire/index.ts'

export type QueuedMail = {
  readonly account_id: Uuid
  readonly id: Uuid
  readonly payload: { readonly to: string; readonly template: string; readonly data: JsonObject }
  readonly attempts: number
  readonly merchant: string
  readonly timezone: string
}

/**
 * Mails of any account that wait and may be tried, oldest first. They are locked until the transaction
 * ends, so that two workers never send the same mail at the same moment. Waiting is real time.
 */
export async function claimMails(tx: Tx, realNow: Instant, limit: number): Promise<QueuedMail[]> {
  const { rows } = await sql<QueuedMail>`
    select o.account_id, o.id, o.payload, o.attempts, a.name as merchant, a.timezone
      from outbox o
      join accounts a on a.id = o.account_id
     where o.state = 'waiting' and (o.attempts = 0 or o.next_attempt_at <= ${realNow})
     order by o.id
     limit ${limit}
       for update of o skip locked`.execute(tx)
  return rows
}

export type MailResult = {
  readonly accountId: Uuid
  readonly id: Uuid
  readonly state: 'waiting' | 'done' | 'kept' | 'failed'
  readonly attempts: number
  readonly error: string | null
  readonly nextAttemptAt: Instant | null
}

export async function recordMailResult(
  tx: Tx,
  result: MailResult,
  realNow: Instant,
): Promise<void> {
  await sql`
    update outbox
       set state = ${result.state}, attempts = ${result.attempts}, last_error = ${result.error},
           next_attempt_at = ${result.nextAttemptAt},
           done_at = ${result.state === 'done' || result.state === 'kept' ? realNow : null}
     where account_id = ${result.accountId} and id = ${result.id}`.execute(tx)
}

export type MailRow = {
  readonly id: Uuid
  readonly payload: { readonly to: string; readonly template: string; readonly data: JsonObject }
  readonly state: 'waiting' | 'done' | 'kept' | 'failed'
  readonly attempts: number
  readonly last_error: string | null
  readonly created_at: Instant
}

export async function listMails(
  tx: Tx,
  accountId: Uuid,
  page: PageRequest,
): Promise<Pick<Page<MailRow>, 'rows' | 'hasMore'>> {
  const select = 'id, payload, state, attempts, last_error, created_at'
  return readRows<MailRow>(tx, {
    select,
    table: 'outbox',
    accountId,
    filters: [sql`kind = 'mail'`],
    page,
  })
}
