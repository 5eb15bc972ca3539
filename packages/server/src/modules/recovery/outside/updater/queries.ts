import type { Uuid } from '@perennial/core/ids'
import { formatInstantOrNull, type Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../../../../platform/db/index.ts'
import type { StoredRecovery } from '../rows.ts'

/** `is_charged_there`: its card is the platform's, which renews it by itself. */
export type WaitingRecovery = StoredRecovery & { readonly is_charged_there: boolean }

/** Recoveries that wait for a card whose account updater is to be asked by now; locked. */
export async function lockToAsk(
  tx: Tx,
  accountId: Uuid,
  given: { readonly until: Instant; readonly limit: number },
): Promise<WaitingRecovery[]> {
  const { rows } = await sql<WaitingRecovery>`
    select r.*, exists (select from connected_invoices i
                         where i.account_id = r.account_id and i.recovery_id = r.id
                           and i.collects = 'there') as is_charged_there
      from outside_recoveries r
     where r.account_id = ${accountId} and r.updater_ask_at <= ${given.until}
     order by r.updater_ask_at
     limit ${given.limit}
       for update of r skip locked`.execute(tx)
  return rows
}

export async function setNextAsks(
  tx: Tx,
  accountId: Uuid,
  asks: readonly { readonly id: Uuid; readonly askAt: Instant | null }[],
): Promise<void> {
  await sql`
    update outside_recoveries r set updater_ask_at = next.ask_at
      from unnest(${asks.map(({ id }) => id)}::uuid[],
                  ${asks.map(({ askAt }) => formatInstantOrNull(askAt))}::timestamptz[]) as next (id, ask_at)
     where r.account_id = ${accountId} and r.id = next.id`.execute(tx)
}

/** Makes due what waits for this card and was last refused before it was renewed: the ids, oldest first. */
export async function wakeRenewed(
  tx: Tx,
  card: {
    readonly accountId: Uuid
    readonly clientId: Uuid
    readonly token: string
    readonly at: Instant
  },
): Promise<Uuid[]> {
  const { accountId, clientId, token, at } = card
  const { rows } = await sql<{ readonly id: Uuid }>`
    with renewed as materialized (
      select r.id from outside_recoveries r
        join outside_cards c
          on c.account_id = r.account_id and c.client_id = r.client_id and c.token = r.token
         and c.renewed_at > r.last_attempt_at
       where r.account_id = ${accountId} and r.client_id = ${clientId} and r.token = ${token}
         and r.closed_at is null and r.state = 'awaiting_card' and r.next_attempt_at > ${at}
       order by r.id
         for update of r),
    woken as (
      update outside_recoveries r set next_attempt_at = ${at}
        from renewed
       where r.account_id = ${accountId} and r.id = renewed.id
      returning r.id)
    select id from woken order by id`.execute(tx)
  return rows.map(({ id }) => id)
}
