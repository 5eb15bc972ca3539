import type { Uuid } from '@perennial/core/ids'
import type { Currency } from '@perennial/core/money'
import { formatInstant, type Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'

export type PastCaseRow = {
  readonly id: Uuid
  readonly invoice_id: Uuid
  readonly amount_minor: bigint
  readonly opened_at: Instant
}

/** Recoveries that began in the period, oldest first; of too many the newest. */
export async function listPastCases(
  tx: Tx,
  accountId: Uuid,
  of: {
    readonly from: Instant
    readonly to: Instant
    readonly currency: Currency
    readonly limit: number
  },
): Promise<PastCaseRow[]> {
  const { rows } = await sql<PastCaseRow>`
    select * from (
      select id, invoice_id, amount_minor, opened_at from recovery_cases
       where account_id = ${accountId} and opened_at >= ${formatInstant(of.from)}::timestamptz
         and opened_at < ${formatInstant(of.to)}::timestamptz and currency = ${of.currency}
       order by opened_at desc
       limit ${of.limit}) as newest
     order by opened_at, id`.execute(tx)
  return rows
}

export type PastChargeRow = {
  readonly id: Uuid
  readonly invoice_id: Uuid | null
  readonly payment_method_id: Uuid
  readonly gateway_id: Uuid
  readonly attempt_number: number
  readonly created_at: Instant
  readonly state: 'succeeded' | 'declined'
  readonly decline_code: string | null
  readonly decline_iso_code: string | null
  readonly advice_code: string | null
  readonly bin: string | null
  readonly country: string | null
}

/** The newest card charges whose end is known, oldest first. */
export async function listPastCharges(
  tx: Tx,
  accountId: Uuid,
  limit: number,
): Promise<PastChargeRow[]> {
  const { rows } = await sql<PastChargeRow>`
    select a.id, a.invoice_id, a.payment_method_id, a.gateway_id, a.attempt_number, a.created_at, a.state,
           a.decline_code, a.decline_iso_code, a.advice_code, left(m.card_bin, 6) as bin, m.card_country as country
      from (select * from payment_attempts where account_id = ${accountId} order by id desc limit ${limit}) as a
      join payment_methods m on m.account_id = a.account_id and m.id = a.payment_method_id
     where a.operation in ('charge', 'authorize') and a.state in ('succeeded', 'declined') and m.type = 'card'
     order by a.created_at, a.id`.execute(tx)
  return rows
}

/** Gateways with a token, by payment method. */
export async function listTokenGateways(
  tx: Tx,
  accountId: Uuid,
  methodIds: readonly Uuid[],
): Promise<ReadonlyMap<Uuid, readonly Uuid[]>> {
  const { rows } = await sql<{ readonly id: Uuid; readonly gateway_ids: readonly Uuid[] }>`
    select t.payment_method_id as id, array_agg(t.gateway_id order by g.position, g.id) as gateway_ids
      from payment_method_tokens t
      join gateways g on g.account_id = t.account_id and g.id = t.gateway_id and g.is_enabled
     where t.account_id = ${accountId} and t.payment_method_id = any(${methodIds}::uuid[])
     group by t.payment_method_id`.execute(tx)
  return new Map(rows.map(({ id, gateway_ids: gatewayIds }) => [id, gatewayIds]))
}
