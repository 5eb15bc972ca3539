import type { Uuid } from '@perennial/core/ids'
import type { PaymentAttempt } from '@perennial/core/payments'
import type { RecoveryChoice } from '@perennial/core/recovery'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'
import { type Page, type PageRequest, readRows } from '../../../platform/lists/index.ts'
import { toStoredChoice } from '../../../platform/settings/index.ts'
import { type AttemptRow, toAttempt } from '../rows.ts'

/** An attempt with what its API representation shows besides. */
export type AttemptView = {
  readonly attempt: PaymentAttempt
  readonly transactionId: Uuid | null
  readonly brand: string | null
  readonly last4: string | null
  /** Of the card's issuer, ISO 3166-1 alpha-2; null = not known, or no card. */
  readonly country: string | null
  /** When recovery tries its bill again; null where nothing is planned. */
  readonly nextRetryAt: Instant | null
  /** Retries that recovery was last planned with, where its bill came to it and something narrower than the account said so. */
  readonly plannedRetries: number | null
  /** What its subscription, or else the subscription's profile or product, asks for; null = what the account does. */
  readonly choice: RecoveryChoice | null
}

export type AttemptFilter = {
  readonly invoiceId: Uuid | null
  readonly subscriptionId: Uuid | null
  readonly paymentIntentId: Uuid | null
  readonly transactionId: Uuid | null
}

export async function listAttemptViews(
  tx: Tx,
  list: { readonly accountId: Uuid; readonly filter: AttemptFilter; readonly page: PageRequest },
): Promise<Pick<Page<AttemptView>, 'rows' | 'hasMore'>> {
  const { accountId, filter, page } = list
  const { invoiceId, subscriptionId, paymentIntentId, transactionId } = filter
  const filters = [
    ...(invoiceId === null ? [] : [sql`invoice_id = ${invoiceId}`]),
    ...(paymentIntentId === null ? [] : [sql`payment_intent_id = ${paymentIntentId}`]),
    ...(transactionId === null
      ? []
      : [
          sql`id = (select t.attempt_id from transactions t
                     where t.account_id = ${accountId} and t.id = ${transactionId})`,
        ]),
    // By way of its invoices, which have an index: attempts are too many for one that only this list would use.
    ...(subscriptionId === null
      ? []
      : [
          sql`invoice_id = any (array(
                select i.id from invoices i
                 where i.account_id = ${accountId} and i.subscription_id = ${subscriptionId}))`,
        ]),
  ]
  const read = { select: '*', table: 'payment_attempts', accountId, filters, page }
  const found = await readRows<AttemptRow>(tx, read)
  return { ...found, rows: await toViews(tx, accountId, found.rows) }
}

/**
 * The last attempt on each bill whose next retry has come due, the longest due first. The cursor is an attempt of the
 * page before.
 */
export async function listRetryReady(
  tx: Tx,
  list: {
    readonly accountId: Uuid
    readonly dueBy: Instant
    readonly after: Uuid | null
    readonly limit: number
  },
): Promise<Pick<Page<AttemptView>, 'rows' | 'hasMore'>> {
  const { accountId, dueBy, after, limit } = list
  const from =
    after === null
      ? sql`true`
      : sql`(c.next_attempt_at, c.invoice_id) > (
          select k.next_attempt_at, k.invoice_id from recovery_cases k
            join payment_attempts l on l.account_id = k.account_id and l.invoice_id = k.invoice_id
           where k.account_id = ${accountId} and l.id = ${after})`
  const { rows } = await sql<AttemptRow>`
    select last.*
      from (select c.invoice_id, c.next_attempt_at from recovery_cases c
             where c.account_id = ${accountId} and c.state = 'open' and c.next_attempt_at <= ${dueBy} and ${from}
             order by c.next_attempt_at, c.invoice_id
             limit ${limit + 1}) as due
      cross join lateral (
        select a.* from payment_attempts a
         where a.account_id = ${accountId} and a.invoice_id = due.invoice_id
         order by a.id desc
         limit 1) as last
     order by due.next_attempt_at, due.invoice_id`.execute(tx)
  return { rows: await toViews(tx, accountId, rows.slice(0, limit)), hasMore: rows.length > limit }
}

/** The latest attempt on any bill of a subscription. */
export async function findLatestOfSubscription(
  tx: Tx,
  of: { readonly accountId: Uuid; readonly subscriptionId: Uuid },
): Promise<AttemptView | null> {
  const page = { limit: 1, offset: 0, startingAfter: null, endingBefore: null }
  const filter = { ...NO_FILTER, subscriptionId: of.subscriptionId }
  const { rows } = await listAttemptViews(tx, { accountId: of.accountId, filter, page })
  return rows[0] ?? null
}

export const NO_FILTER: AttemptFilter = {
  invoiceId: null,
  subscriptionId: null,
  paymentIntentId: null,
  transactionId: null,
}

export async function findAttemptView(
  tx: Tx,
  key: { readonly accountId: Uuid; readonly id: Uuid },
): Promise<AttemptView | null> {
  const { rows } = await sql<AttemptRow>`
    select * from payment_attempts where account_id = ${key.accountId} and id = ${key.id}`.execute(
    tx,
  )
  const [view] = await toViews(tx, key.accountId, rows)
  return view ?? null
}

type Besides = {
  readonly id: Uuid
  readonly transaction_id: Uuid | null
  readonly brand: string | null
  readonly last4: string | null
  readonly country: string | null
  readonly next_retry_at: Instant | null
  readonly planned_retries: number | null
  readonly choice: unknown
}

async function toViews(
  tx: Tx,
  accountId: Uuid,
  rows: readonly AttemptRow[],
): Promise<AttemptView[]> {
  if (rows.length === 0) return []
  const ids = rows.map((row) => row.id)
  const methodIds = rows.map((row) => row.payment_method_id)
  const invoiceIds = rows.map((row) => row.invoice_id)
  const subscriptionIds = rows.map((row) => row.subscription_id)
  const { rows: besides } = await sql<Besides>`
    select a.id, t.id as transaction_id, m.card_brand as brand,
           coalesce(m.card_last4, m.bank_last4) as last4,
           m.card_country as country,
           case when c.state = 'open' then c.next_attempt_at end as next_retry_at,
           jsonb_array_length(c.policy -> 'retryDays') as planned_retries,
           coalesce(r.choice, f.recovery, p.recovery) as choice
      from unnest(${ids}::uuid[], ${methodIds}::uuid[], ${invoiceIds}::uuid[], ${subscriptionIds}::uuid[])
             as a (id, method_id, invoice_id, subscription_id)
      left join transactions t on t.account_id = ${accountId} and t.attempt_id = a.id
      left join payment_methods m on m.account_id = ${accountId} and m.id = a.method_id
      left join recovery_cases c on c.account_id = ${accountId} and c.invoice_id = a.invoice_id
      left join subscriptions s on s.account_id = ${accountId} and s.id = a.subscription_id
      left join subscription_recovery r on r.account_id = ${accountId} and r.subscription_id = s.id
      left join subscription_profiles f on f.account_id = ${accountId} and f.id = s.profile_id
      left join products p on p.account_id = ${accountId} and p.id = s.product_id`.execute(tx)
  const byId = new Map(besides.map((row) => [row.id, row]))
  return rows.map((row) => {
    const found = byId.get(row.id)
    const choice = found?.choice ?? null
    return {
      attempt: toAttempt(row),
      transactionId: found?.transaction_id ?? null,
      brand: found?.brand ?? null,
      last4: found?.last4 ?? null,
      country: found?.country ?? null,
      nextRetryAt: found?.next_retry_at ?? null,
      plannedRetries: found?.planned_retries ?? null,
      choice: choice === null ? null : toStoredChoice(choice),
    }
  })
}
