import { declineCodeOfTold } from '@perennial/core/declines'
import type { Uuid } from '@perennial/core/ids'
import type { CaseTry, GatewayFees } from '@perennial/core/recovery'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'
import { storedCurrency } from '../../invoices/index.ts'

type TryRow = {
  readonly invoice_id: Uuid
  readonly payment_method_id: Uuid
  readonly gateway_id: Uuid | null
  /** Null for a first charge, and for a try by hand. */
  readonly retry_number: number | null
  readonly created_at: Instant
  readonly decline_code: string | null
  readonly decline_iso_code: string | null
  readonly advice_code: string | null
  readonly message: string | null
  /** What a bank said that took a settled debit back; null = it was refused at once. */
  readonly returned_with: string | null
}

/** Charges of these invoices that were refused, or paid and then returned by the bank, by invoice, oldest first. */
export async function listCaseTries(
  tx: Tx,
  accountId: Uuid,
  invoiceIds: readonly Uuid[],
): Promise<Map<Uuid, CaseTry[]>> {
  const { rows } = await sql<TryRow>`
    select invoice_id, payment_method_id, gateway_id,
           case when retry_kind = 'scheduled' then retry_number end as retry_number,
           created_at, decline_code, decline_iso_code, advice_code, message, null as returned_with, id
      from payment_attempts
     where account_id = ${accountId} and invoice_id = any(${invoiceIds}::uuid[]) and state = 'declined'
     union all
    select a.invoice_id, a.payment_method_id, null, null, back.created_at, null, null, null, back.response_text,
           coalesce(back.response_code, ''), back.id
      from transactions s
      join transactions back on back.account_id = s.account_id and back.parent_transaction_id = s.id
                            and back.type = 'adjustment' and back.status = 'succeeded'
      join payment_attempts a on a.account_id = s.account_id and a.id = s.attempt_id
     where s.account_id = ${accountId} and s.invoice_id = any(${invoiceIds}::uuid[])
     order by created_at, id`.execute(tx)
  const tries = new Map<Uuid, CaseTry[]>()
  for (const row of rows) {
    const own = tries.get(row.invoice_id) ?? []
    own.push(toTry(row))
    tries.set(row.invoice_id, own)
  }
  return tries
}

function toTry(row: TryRow): CaseTry {
  return {
    at: row.created_at,
    paymentMethodId: row.payment_method_id,
    gatewayId: row.gateway_id,
    retryNumber: row.retry_number,
    decline: {
      code:
        row.returned_with === null
          ? (row.decline_code ?? 'generic_decline')
          : declineCodeOfTold(row.returned_with),
      isoCode: row.decline_iso_code,
      adviceCode: row.advice_code,
      message: row.message,
    },
  }
}

/** A charge of an invoice, however it ended. */
export type CaseAttempt = {
  readonly id: Uuid
  readonly state: string
  readonly gatewayId: Uuid
  readonly paymentMethodId: Uuid
  readonly retryKind: string | null
  readonly declineCode: string | null
  readonly at: Instant
  readonly settledAt: Instant | null
}

const ATTEMPTS_MAX = 200

/** The charges of a bill, oldest first. */
export async function listCaseAttempts(
  tx: Tx,
  accountId: Uuid,
  invoiceId: Uuid,
): Promise<CaseAttempt[]> {
  const { rows } = await sql<CaseAttempt>`
    select id, state, gateway_id as "gatewayId", payment_method_id as "paymentMethodId", retry_kind as "retryKind",
           decline_code as "declineCode", created_at as at, settled_at as "settledAt"
      from payment_attempts
     where account_id = ${accountId} and invoice_id = ${invoiceId}
     order by id
     limit ${ATTEMPTS_MAX}`.execute(tx)
  return rows
}

/** A method that retries may charge, with the gateways that have a token of it. */
export type TryableMethod = {
  readonly subscriptionId: Uuid
  readonly paymentMethodId: Uuid
  readonly type: string
  readonly cardBin: string | null
  readonly cardBrand: string | null
  readonly cardFunding: string | null
  readonly cardCountry: string | null
  readonly gatewayIds: readonly Uuid[]
}

/** The methods of many subscriptions, best first: their own by priority, then the customer's default. */
export async function listTryableMethods(
  tx: Tx,
  accountId: Uuid,
  subscriptions: readonly { readonly id: Uuid; readonly customerId: Uuid }[],
  { hasBackups }: { readonly hasBackups: boolean },
): Promise<TryableMethod[]> {
  const ids = subscriptions.map((subscription) => subscription.id)
  const customerIds = subscriptions.map((subscription) => subscription.customerId)
  const backups = hasBackups
    ? sql`
      union all
      select w.subscription_id, w.customer_id, b.id, b.priority
        from wanted w
        cross join lateral (
          select pm.id, 2000000 + row_number() over (order by pm.priority nulls last, pm.id desc) as priority
            from payment_methods pm
           where pm.account_id = ${accountId} and pm.customer_id = w.customer_id
             and pm.type = 'card' and pm.status = 'active'
           order by pm.priority nulls last, pm.id desc
           limit 10
        ) as b`
    : sql``
  const { rows } = await sql<TryableMethod>`
    with wanted as (
      select s.subscription_id, s.customer_id
        from unnest(${ids}::uuid[], ${customerIds}::uuid[]) as s (subscription_id, customer_id)
    ), methods as (
      select w.subscription_id, w.customer_id, sm.payment_method_id, sm.priority
        from wanted w
        join subscription_payment_methods sm
          on sm.account_id = ${accountId} and sm.subscription_id = w.subscription_id
      union all
      select w.subscription_id, w.customer_id, pm.id, 1000000
        from wanted w
        join payment_methods pm
          on pm.account_id = ${accountId} and pm.customer_id = w.customer_id and pm.is_default
      ${backups}
    ), firsts as (
      select subscription_id, customer_id, payment_method_id, min(priority) as priority
        from methods
       group by subscription_id, customer_id, payment_method_id
    )
    select m.subscription_id as "subscriptionId", pm.id as "paymentMethodId", pm.type,
           pm.card_bin as "cardBin", pm.card_brand as "cardBrand",
           pm.card_funding as "cardFunding", pm.card_country as "cardCountry", tokens.gateway_ids as "gatewayIds"
      from firsts m
      join payment_methods pm
        on pm.account_id = ${accountId} and pm.id = m.payment_method_id and pm.status = 'active'
       and pm.customer_id = m.customer_id
      cross join lateral (
        select coalesce(jsonb_agg(t.gateway_id order by g.position), '[]') as gateway_ids
          from payment_method_tokens t
          join gateways g on g.account_id = ${accountId} and g.id = t.gateway_id and g.is_enabled
         where t.account_id = ${accountId} and t.payment_method_id = pm.id
      ) as tokens
     where tokens.gateway_ids <> '[]'
     order by m.subscription_id, m.priority`.execute(tx)
  return rows
}

/** What people call the account's gateways. */
export async function listGatewayCodes(
  tx: Tx,
  accountId: Uuid,
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await sql<{ readonly id: Uuid; readonly code: string }>`
    select id, code from gateways where account_id = ${accountId}`.execute(tx)
  return new Map(rows.map((row) => [row.id, row.code]))
}

/** What the gateways charge that anything is said of; fixed fees are in the account's currency. */
export async function listGatewayFees(
  tx: Tx,
  accountId: Uuid,
): Promise<ReadonlyMap<Uuid, GatewayFees>> {
  const { rows } = await sql<Omit<GatewayFees, 'currency'> & { id: Uuid; currency: string }>`
    select g.id, g.discount_rate_ppm as "ratePpm", g.flat_fee_approved_minor as "approvedMinor",
           g.flat_fee_declined_minor as "declinedMinor", a.currency
      from gateways g
      join accounts a on a.id = g.account_id
     where g.account_id = ${accountId}
       and (g.discount_rate_ppm > 0 or g.flat_fee_approved_minor > 0 or g.flat_fee_declined_minor > 0)`.execute(
    tx,
  )
  return new Map(
    rows.map(({ id, currency, ...fees }) => [id, { ...fees, currency: storedCurrency(currency) }]),
  )
}
