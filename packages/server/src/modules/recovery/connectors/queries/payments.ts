import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../../../../platform/db/index.ts'
import { claimOne, type Claim } from './events.ts'
import type { ConnectedRow } from './bills.ts'

/** Bills of recoveries that were won at our own gateway are to be told of it. */
export async function owePayments(
  tx: Tx,
  of: {
    readonly accountId: Uuid
    readonly recoveryIds: readonly Uuid[]
    readonly realNow: Instant
  },
): Promise<void> {
  await sql`
    update connected_invoices set write_back = 'waiting', next_try_at = ${of.realNow}
     where account_id = ${of.accountId} and recovery_id = any(${of.recoveryIds}::uuid[]) and collects = 'here'
       and write_back = 'none'`.execute(tx)
}

export type OwedPayment = ConnectedRow & {
  readonly amount_minor: bigint
  readonly currency: string
  readonly gateway_reference: string | null
  readonly closed_at: Instant | null
}

/** A payment of any account that a platform is to be told of, of the connector that has had least. A claim counts as a try. */
export async function claimOwedPayment(tx: Tx, claim: Claim): Promise<OwedPayment | null> {
  const isWaiting = sql`q.write_back = 'waiting'`
  const keys = ['account_id', 'recovery_id']
  const { rows } = await sql<OwedPayment>`
    ${claimOne({ table: 'connected_invoices', key: 'recovery_id', keys, isWaiting }, claim)}
    update connected_invoices i set tries = i.tries + 1, next_try_at = ${claim.leaseUntil}
      from due
      join outside_recoveries r on r.account_id = due.account_id and r.id = due.recovery_id
      join recovery_connectors k on k.account_id = due.account_id
      join accounts a on a.id = due.account_id
     where i.account_id = due.account_id and i.recovery_id = due.recovery_id and k.id = i.connector_id
    returning i.*, k.platform, k.credentials_sealed, a.environment, r.amount_minor, r.currency, r.gateway_reference,
              r.closed_at`.execute(tx)
  return rows[0] ?? null
}

export async function settleOwedPayment(
  tx: Tx,
  of: { readonly accountId: Uuid; readonly recoveryId: Uuid },
  end: {
    readonly state: 'waiting' | 'done' | 'dead'
    readonly error: string | null
    readonly nextTryAt: Instant | null
    readonly writtenAt: Instant | null
  },
): Promise<void> {
  await sql`
    update connected_invoices
       set write_back = ${end.state}, last_error = ${end.error}, next_try_at = ${end.nextTryAt},
           written_at = ${end.writtenAt}
     where account_id = ${of.accountId} and recovery_id = ${of.recoveryId} and write_back = 'waiting'`.execute(
    tx,
  )
}
