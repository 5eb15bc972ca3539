import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../../../../platform/db/index.ts'
import {
  readRows,
  readWindow,
  windowFilters,
  type PageRequest,
} from '../../../../platform/lists/index.ts'
import type { StoredRecovery } from '../rows.ts'
import type { OutsideKey } from './recoveries.ts'

export type HandedOverFilter = {
  readonly state: string | null
  readonly clientId: Uuid | null
  /** Lower case. */
  readonly customerEmail: string | null
  readonly openedFrom: Instant | null
  readonly openedTo: Instant | null
}

/** Newest first. Those of one payer are few; a state is read by its own index, everything else by the time of the hand-over. */
export async function listHandedOver(
  tx: Tx,
  accountId: Uuid,
  filter: HandedOverFilter,
  page: PageRequest,
) {
  const { state, clientId, customerEmail, openedFrom: from, openedTo: to } = filter
  const base = { select: '*', table: 'outside_recoveries', accountId, page } as const
  const window = { column: 'opened_at', from, to }
  const ofClient = clientId === null ? [] : [sql`client_id = ${clientId}`]
  if (customerEmail !== null) {
    const inState = state === null ? [] : [sql`state = ${state}`]
    const filters = [ofPayer(accountId, customerEmail), ...ofClient, ...inState, ...windowFilters(window)] // prettier-ignore
    return readRows<StoredRecovery>(tx, { ...base, filters })
  }
  if (state !== null) {
    const within = { column: 'state', value: state }
    return readWindow<StoredRecovery>(tx, { ...base, filters: ofClient, window: { ...window, within } }) // prettier-ignore
  }
  if (from !== null || to !== null || clientId !== null)
    return readWindow<StoredRecovery>(tx, { ...base, filters: ofClient, window })
  return readRows<StoredRecovery>(tx, { ...base, filters: [] })
}

/** Found client by client, as the index of addresses goes. */
function ofPayer(accountId: Uuid, customerEmail: string) {
  return sql`id = any(array(
    select payment.id from recovery_clients k
      join outside_recoveries payment on payment.account_id = k.account_id and payment.client_id = k.id
     where k.account_id = ${accountId} and payment.customer_email = ${customerEmail}))`
}

export async function findHandedOver(tx: Tx, key: OutsideKey): Promise<StoredRecovery | null> {
  const { rows } = await sql<StoredRecovery>`
    select * from outside_recoveries where account_id = ${key.accountId} and id = ${key.id}`.execute(
    tx,
  )
  return rows[0] ?? null
}

export type ShownAttempt = {
  readonly number: number
  readonly state: 'sending' | 'unknown' | 'pending' | 'succeeded' | 'declined'
  readonly at: Instant
  readonly declineCode: string | null
  /** Code of the gateway. */
  readonly gateway: string | null
}

/** Oldest first; a recovery makes eight at most. */
export async function listAttemptsOf(tx: Tx, key: OutsideKey): Promise<ShownAttempt[]> {
  const { rows } = await sql<ShownAttempt>`
    select t.number, t.state, t.created_at as at, t.decline ->> 'code' as "declineCode", g.code as gateway
      from outside_attempts t
      left join gateways g on g.account_id = t.account_id and g.id = t.gateway_id
     where t.account_id = ${key.accountId} and t.recovery_id = ${key.id}
     order by t.id
     limit 100`.execute(tx)
  return rows
}
