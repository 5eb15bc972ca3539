import type { Uuid } from '@perennial/core/ids'
import { type Selectable, sql } from 'kysely'
import type { DB, Tx } from '../../../../platform/db/index.ts'
import { toAttempt, type OutsideAttempt, type StoredRecovery } from '../rows.ts'

type OfCard = { readonly accountId: Uuid; readonly clientId: Uuid; readonly token: string }

/** As many recoveries as one card is charged for when it takes another one's place. */
const TRIES_MAX = 100

/** What a card was tried for last: the recoveries, whatever has become of them. */
export async function listTriedOn(tx: Tx, of: OfCard): Promise<StoredRecovery[]> {
  const { rows } = await sql<StoredRecovery>`
    select * from outside_recoveries
     where account_id = ${of.accountId} and id in (
             select recovery_id from outside_attempts
              where account_id = ${of.accountId} and client_id = ${of.clientId} and token = ${of.token}
              order by created_at desc
              limit ${TRIES_MAX})
     order by id`.execute(tx)
  return rows
}

/** Charges of a card whose cardholder was sent to authenticate, and has not been heard of. */
export async function listChallengesOn(tx: Tx, of: OfCard): Promise<OutsideAttempt[]> {
  const { rows } = await sql<Selectable<DB['outside_attempts']>>`
    select * from (
      select * from outside_attempts
       where account_id = ${of.accountId} and client_id = ${of.clientId} and token = ${of.token}
       order by created_at desc
       limit ${TRIES_MAX}) as newest
     where state in ('sending', 'unknown', 'pending') and next_action_url is not null
     order by id`.execute(tx)
  return rows.map(toAttempt)
}
