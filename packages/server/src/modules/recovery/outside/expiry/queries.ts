import type { Uuid } from '@perennial/core/ids'
import { formatInstantOrNull, type Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../../../../platform/db/index.ts'

export type ExpiringCard = {
  readonly client_id: Uuid
  readonly token: string
  readonly exp_month: number | null
  readonly exp_year: number | null
  readonly notice_at: Instant
  /** The gateway that it was last charged at; null = it never was. */
  readonly gateway_id: Uuid | null
  readonly last_used_at: Instant | null
  readonly customer_email: string | null
  readonly is_replaced: boolean
}

/** Cards of which their clients are to be told by now, with what was last done with each; locked. */
export async function lockExpiring(
  tx: Tx,
  accountId: Uuid,
  given: { readonly until: Instant; readonly limit: number },
): Promise<ExpiringCard[]> {
  const { rows } = await sql<ExpiringCard>`
    select c.client_id, c.token, c.exp_month, c.exp_year, c.notice_at, used.gateway_id, used.at as last_used_at,
           used.customer_email,
           exists (select from card_update_links l
                    where l.account_id = c.account_id and l.client_id = c.client_id and l.payment_token = c.token
                      and l.replaced_by is not null) as is_replaced
      from outside_cards c
      left join lateral (
        (select r.gateway_id, r.opened_at as at, r.customer_email from outside_recoveries r
          where r.account_id = c.account_id and r.client_id = c.client_id and r.handed_token = c.token
          order by r.opened_at desc
          limit 1)
        union all
        -- A fallback, say.
        (select t.gateway_id, t.created_at, r.customer_email
           from outside_attempts t
           join outside_recoveries r on r.account_id = t.account_id and r.id = t.recovery_id
          where t.account_id = c.account_id and t.client_id = c.client_id and t.token = c.token
          order by t.created_at desc
          limit 1)
        order by at desc
        limit 1) as used on true
     where c.account_id = ${accountId} and c.notice_at <= ${given.until}
     order by c.notice_at
     limit ${given.limit}
       for update of c skip locked`.execute(tx)
  return rows
}

export async function setNotices(
  tx: Tx,
  accountId: Uuid,
  cards: readonly {
    readonly clientId: Uuid
    readonly token: string
    readonly noticeAt: Instant | null
  }[],
): Promise<void> {
  await sql`
    update outside_cards c set notice_at = next.notice_at
      from unnest(${cards.map(({ clientId }) => clientId)}::uuid[], ${cards.map(({ token }) => token)}::text[],
                  ${cards.map(({ noticeAt }) => formatInstantOrNull(noticeAt))}::timestamptz[]) as next (client_id, token, notice_at)
     where c.account_id = ${accountId} and c.client_id = next.client_id and c.token = next.token`.execute(
    tx,
  )
}
