import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import { insertMany, type Tx } from '../../../platform/db/index.ts'
import type { Window } from '../wire/fields.ts'

/** One call as the log keeps it: never its body. */
export type KeptCall = {
  readonly id: Uuid
  readonly apiKeyId: Uuid
  readonly operation: string
  readonly status: number
  readonly errorCode: string | null
  readonly createdAt: Instant
}

/** Rows that are dropped with each one that is kept, so that the log never grows past its time. */
const DROPPED_WITH_EACH = 2

/** Keeps a call, and drops what is older than the log shows. */
export async function keepCall(
  tx: Tx,
  accountId: Uuid,
  { call, dropBefore }: { readonly call: KeptCall; readonly dropBefore: Instant },
): Promise<void> {
  await sql`
    delete from revcent_calls
     where account_id = ${accountId} and id in (
       select id from revcent_calls
        where account_id = ${accountId} and created_at < ${dropBefore}
        order by created_at limit ${DROPPED_WITH_EACH})`.execute(tx)
  await insertMany(tx, 'revcent_calls', [
    {
      account_id: accountId,
      id: call.id,
      api_key_id: call.apiKeyId,
      operation: call.operation,
      status: call.status,
      error_code: call.errorCode,
      created_at: call.createdAt,
    },
  ])
}

/** Newest first; one more than asked for tells that there is more. */
export async function listCalls(tx: Tx, accountId: Uuid, window: Window): Promise<KeptCall[]> {
  const { rows } = await sql<KeptCall>`
    select id, api_key_id as "apiKeyId", operation, status, error_code as "errorCode", created_at as "createdAt"
      from revcent_calls
     where account_id = ${accountId} and created_at >= ${window.from} and created_at <= ${window.until}
     order by created_at desc, id desc
     limit ${window.limit + 1} offset ${window.offset}`.execute(tx)
  return rows
}
