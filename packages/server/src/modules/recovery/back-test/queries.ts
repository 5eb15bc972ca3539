import type { Uuid } from '@perennial/core/ids'
import type { Currency } from '@perennial/core/money'
import { formatInstant, type Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'

export type PastCaseRow = {
  readonly id: Uuid
  readonly invoice_id: Uuid
  readonly amount_minor: bigint
  readonly currency: string
  readonly state: 'open' | 'recovered' | 'exhausted' | 'canceled'
  readonly opened_at: Instant
  readonly closed_at: Instant | null
}

type Period = { readonly from: Instant; readonly to: Instant; readonly currency: Currency }

/** Recoveries that began in the period, oldest first; of too many the newest. */
export async function listPastCases(
  tx: Tx,
  accountId: Uuid,
  of: Period & { readonly limit: number },
): Promise<PastCaseRow[]> {
  const { rows } = await sql<PastCaseRow>`
    select * from (
      select id, invoice_id, amount_minor, currency, state, opened_at, closed_at from recovery_cases
       where account_id = ${accountId} and opened_at >= ${formatInstant(of.from)}::timestamptz
         and opened_at < ${formatInstant(of.to)}::timestamptz and currency = ${of.currency}
       order by opened_at desc
       limit ${of.limit}) as newest
     order by opened_at, id`.execute(tx)
  return rows
}

export async function countPastCases(tx: Tx, accountId: Uuid, of: Period): Promise<number> {
  const { rows } = await sql<{ readonly cases: bigint }>`
    select count(*) as cases from recovery_cases
     where account_id = ${accountId} and opened_at >= ${formatInstant(of.from)}::timestamptz
       and opened_at < ${formatInstant(of.to)}::timestamptz and currency = ${of.currency}`.execute(
    tx,
  )
  return Number(rows[0]?.cases ?? 0n)
}

export type PastChargeRow = {
  readonly id: Uuid
  readonly invoice_id: Uuid | null
  readonly payment_method_id: Uuid
  readonly gateway_id: Uuid
  readonly attempt_number: number
  readonly amount_minor: bigint
  readonly currency: string
  readonly created_at: Instant
  readonly state: 'succeeded' | 'declined'
  readonly retry_kind: 'scheduled' | 'manual' | null
  readonly is_customer_present: boolean
  readonly decline_code: string | null
  readonly decline_iso_code: string | null
  readonly advice_code: string | null
  readonly bin: string | null
  readonly brand: string | null
  readonly funding: string | null
  readonly country: string | null
  readonly card_data_at: Instant | null
  readonly card_number_at: Instant | null
  /** What the account's acquirer allows; null = not told. */
  readonly visa_attempts_max: number | null
}

/** Of `a`, some attempts: the card charges whose end is known. */
const CARD_CHARGES = sql`
  join payment_methods m on m.account_id = a.account_id and m.id = a.payment_method_id
 where a.operation in ('charge', 'authorize') and a.state in ('succeeded', 'declined') and m.type = 'card'`

const columnsOf = (accountId: Uuid) => sql`
  a.id, a.invoice_id, a.payment_method_id, a.gateway_id, a.attempt_number, a.amount_minor, a.currency, a.created_at,
  a.state, a.retry_kind, a.is_customer_present, a.decline_code, a.decline_iso_code, a.advice_code, m.card_bin as bin,
  m.card_brand as brand, m.card_funding as funding, m.card_country as country, m.card_data_at, m.card_number_at,
  coalesce((select g.visa_attempts_max from gateways g where g.account_id = a.account_id and g.id = a.gateway_id),
           (select (settings ->> 'visaAttemptsMax')::int from accounts where id = ${accountId})) as visa_attempts_max`

/** The newest charges of cards that were made before an instant. */
export async function listPastCharges(
  tx: Tx,
  accountId: Uuid,
  of: { readonly until: Instant; readonly limit: number },
): Promise<PastChargeRow[]> {
  const { rows } = await sql<PastChargeRow>`
    select ${columnsOf(accountId)}
      from (select * from payment_attempts
             where account_id = ${accountId} and created_at < ${formatInstant(of.until)}::timestamptz
             order by id desc
             limit ${of.limit}) as a
    ${CARD_CHARGES}`.execute(tx)
  return rows
}

/** All charges of cards for these bills. */
export async function listChargesOfBills(
  tx: Tx,
  accountId: Uuid,
  invoiceIds: readonly Uuid[],
): Promise<PastChargeRow[]> {
  const { rows } = await sql<PastChargeRow>`
    select ${columnsOf(accountId)}
      from (select * from payment_attempts
             where account_id = ${accountId} and invoice_id = any(${invoiceIds}::uuid[])) as a
    ${CARD_CHARGES}`.execute(tx)
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
