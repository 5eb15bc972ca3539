import type { Uuid } from '@perennial/core/ids'
import { formatInstant, MS_PER_DAY, type Instant } from '@perennial/core/time'
import pg from 'pg'
import { systemClock } from '../platform/clock/index.ts'

/** Kinds that are seeded by the thousand, and their tables. Row n of one belongs to row n of every other. */
export const SEEDED_TABLES = {
  customer: 'customers',
  payment_method: 'payment_methods',
  subscription: 'subscriptions',
  subscription_item: 'subscription_items',
  renewal: 'renewals',
  invoice: 'invoices',
  invoice_line: 'invoice_lines',
  payment_intent: 'payment_intents',
  payment_attempt: 'payment_attempts',
  transaction: 'transactions',
  recovery_case: 'recovery_cases',
  event: 'events',
  mail: 'outbox',
  token: 'payment_method_tokens',
  request: 'idempotency_keys',
  dispute: 'disputes',
  gateway_notice: 'gateway_notices',
  payout: 'payouts',
  reconciliation_run: 'reconciliation_runs',
  reconciliation_difference: 'reconciliation_differences',
  refund: 'refunds',
  void: 'voids',
  credit_note: 'credit_notes',
  dunning_campaign: 'dunning_campaigns',
  dunning_assignment: 'dunning_assignments',
  dunning_run: 'dunning_runs',
  reminder: 'invoice_reminders',
  subscription_edit: 'subscription_edits',
  edit_row: 'subscription_edit_rows',
  sale: 'sales',
  sale_line: 'sale_lines',
  discount: 'discounts',
  redemption: 'discount_redemptions',
  subscription_discount: 'subscription_discounts',
  tax_rate: 'tax_rates',
  shipping_profile: 'shipping_profiles',
  shipment: 'shipments',
  product: 'products',
  price: 'prices',
  recovery_delivery: 'recovery_deliveries',
  revolv3_delivery: 'revolv3_deliveries',
  connector_event: 'connector_events',
  connected_invoice: 'connected_invoices',
  setup_intent: 'setup_intents',
  mandate: 'mandates',
  mandate_collection: 'mandate_collections',
  outside_recovery: 'outside_recoveries',
  outside_attempt: 'outside_attempts',
  movement: 'gateway_movements',
  subscription_method: 'subscription_payment_methods',
  recycling_terms: 'recycling_terms',
  outside_card: 'outside_cards',
  card_update_link: 'card_update_links',
} as const
export type SeededKind = keyof typeof SEEDED_TABLES

const KINDS: readonly string[] = Object.keys(SEEDED_TABLES)

/** Rows of a day: the ids of an account with 100,000 rows rise with the days before now, as its rows do. */
const ROWS_A_DAY = 1_000
const STEP_MS = MS_PER_DAY / ROWS_A_DAY
const BASE_MS = systemClock().now() - 100 * MS_PER_DAY

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0')

/** The id of row `n`, ascending with it. `other`: of a row that is nowhere. */
export function seededId(kind: SeededKind | 'other', n: number): Uuid {
  const time = hex(BASE_MS + n * STEP_MS, 12)
  return `${time.slice(0, 8)}-${time.slice(8)}-${versionOf(kind)}-8000-${hex(n, 12)}` as Uuid
}

/** The version digit and the number of the kind. */
const versionOf = (kind: SeededKind | 'other'): string => `7${hex(KINDS.indexOf(kind) + 1, 3)}`

/** Each id is made once, and not wherever a row names it: that took most of the time. */
const sqlId = (kind: SeededKind): string => `id_of_${kind}`

/** Row n with its id of every kind. */
const toSeededRows = (size: number): string => {
  const ids = KINDS.map(
    (kind) => `(head || '${versionOf(kind as SeededKind)}8000' || tail)::uuid as id_of_${kind}`,
  )
  return `create unlogged table seeded_rows as
    select n, ${ids.join(', ')}
      from (select n, lpad(to_hex(${BASE_MS} + n * ${STEP_MS}), 12, '0') as head, lpad(to_hex(n), 12, '0') as tail
              from (select n::bigint from generate_series(0, ${size - 1}) as n) as numbers offset 0) as parts`
}

const sqlIdOf = (kind: SeededKind | 'other', n: number): string => `'${seededId(kind, n)}'::uuid`

/** The bulk edit that all the rows of one belong to. */
export const EDIT_WITH_ROWS = 5_000

/** Rows that something is due for: numbers in the middle, so that no scan from either end meets them early. */
export const DUE = {
  subscriptions: [50_000, 50_020],
  lostAttempts: [50_100, 50_110],
  pendingAttempts: [50_200, 50_210],
  recoveryCases: [50_300, 50_320],
  overdueInvoices: [50_400, 50_420],
  lostRefunds: [50_500, 50_510],
  dueRefunds: [50_600, 50_610],
  refundsAtWork: [50_700, 50_710],
  endingCards: [50_800, 50_810],
  dueReminders: [50_900, 50_910],
  endingOutsideCards: [50_950, 50_970],
  plannedEditRows: [51_000, 51_020],
} as const

const within = ([from, to]: readonly [number, number]): string =>
  `(n >= ${from} and n < ${to} and $4::boolean)`

/** Of many payments all was given back, of few a part. */
const REFUNDED = `case when ${within(DUE.dueRefunds)} or ${within(DUE.lostRefunds)} or ${within(DUE.refundsAtWork)} then 100
               when n % 10 = 1 then 2900 when n % 1000 = 2 then 100 else 0 end`

/** Bills of which a part was given back. */
const IS_REFUNDED = `n % 1000 = 2`

/** Subscriptions of the Revolv3-compatible API; of what falls due here none is. */
const IS_RECYCLED = `n % 10 = 3 and (n < 50000 or n >= 52000)`

const STANDING = `case when n % 20000 = 0 then 'inactive' when n % 20000 = 1 then 'archived' else 'active' end`

/** Of every other row: first those that wait until tomorrow, then those whose time has come. */
const WAITS_UNTIL = `case when n % 2 = 1 then $5::timestamptz
          + case when n % 10000 < 5000 or not $4::boolean then interval '1 day' else interval '-1 hour' end end`

/** Customers who have been sent to their banks, and have time to come back; nothing else is due for them. */
const IS_CHALLENGED = `(n % 10 = 7 and (n < 50000 or n >= 52000))`

/** A client and a connector that are not there: what is claimed for them is sent to nobody. */
const NOWHERE = sqlIdOf('other', 0)

/** What `$1` to `$5` stand for: account, gateway, price, whether anything is due, the account's time. */
const STATEMENTS: readonly string[] = [
  `insert into products (account_id, id, reference, name, kind, pricing_model, currency, is_active, is_archived, created_at,
     updated_at)
   select $1, ${sqlId('product')}, 'product' || n, case when n % 5000 = 0 then 'Rare ' || n else 'Common' end,
          case when n % 20000 = 0 then 'one_time' else 'subscription' end, 'recurring', 'USD',
          n % 20000 <> 1, n % 20000 = 2, $5, $5 from numbers`,
  `insert into prices (account_id, id, product_id, currency, type, pricing_model, billing_scheme, interval_unit, interval_count,
     active, lookup_key, created_at, updated_at)
   select $1, ${sqlId('price')}, ${sqlId('product')}, case when n % 20000 = 0 then 'EUR' else 'USD' end,
          case when n % 20000 = 1 then 'one_time' else 'recurring' end, case when n % 20000 = 2 then 'free' else 'fixed' end,
          'per_unit', 'month', 1, n % 20000 <> 3, case when n % 20000 = 4 then 'pro' end, $5, $5 from numbers`,
  `insert into customers (account_id, id, email, name, company_name, created_at, updated_at, deleted_at)
   select $1, ${sqlId('customer')}, 'customer' || n || '@example.com', 'Customer ' || n,
          case when n % 5000 = 0 then 'Rare ' || n else 'Common' end, $5, $5,
          case when n % 100 = 7 then $5::timestamptz end from numbers`,
  `insert into payment_methods (account_id, id, customer_id, type, is_default, card_brand, card_last4, fingerprint, created_at,
     updated_at, card_exp_year, card_exp_month, updater_ask_at)
   select $1, ${sqlId('payment_method')}, ${sqlId('customer')},
          case when n % 20000 = 0 then 'us_bank_account' else 'card' end, true, 'visa', '4242', 'card' || n, $5, $5,
          extract(year from $5::timestamptz)::int + case when ${within(DUE.endingCards)} then 0 else 3 end,
          extract(month from $5::timestamptz)::int,
          $5::timestamptz + case when ${within(DUE.endingCards)} then interval '0' else interval '3 years' end from numbers`,
  `insert into payment_method_tokens (account_id, payment_method_id, gateway_id, token)
   select $1, ${sqlId('payment_method')}, $2, 'tok_visa' from numbers`,
  `insert into subscriptions (account_id, id, customer_id, price_id, status, currency, quantity, amount_minor,
     collection_method, timezone, frequency, anchor_at, cycle, cycles_billed, started_at, current_period_start,
     current_period_end, next_due_at, latest_invoice_id, trial_end, campaign, created_at, updated_at, extras)
   select $1, ${sqlId('subscription')}, ${sqlId('customer')}, $3,
          case when ${within(DUE.recoveryCases)} then 'past_due' when n % 20000 = 0 then 'paused' when n % 20 = 1 then 'canceled'
               else 'active' end,
          'USD', 1, 2900, 'charge_automatically', 'UTC', '{"kind": "unit", "unit": "day", "count": 30}',
          due_at - interval '90 days', 2, 3, due_at - interval '90 days', due_at - interval '30 days', due_at,
          case when n % 20000 <> 0 and n % 20 <> 1 then due_at end, ${sqlId('invoice')},
          case when n % 5000 = 3 then due_at - interval '90 days' end, case when n % 5000 = 4 then 'rare' end, $5, $5,
          case when ${within(DUE.subscriptions)} then jsonb_build_object(
            'discount_ids', jsonb_build_array(${sqlId('discount')}), 'tax_rate_ids', jsonb_build_array(${sqlId('tax_rate')})) end
     from (select numbers.*, $5::timestamptz + case when ${within(DUE.subscriptions)} then interval '30 minutes'
                  else interval '1 day' + n % 28 * interval '1 day' end as due_at from numbers) as due`,
  `insert into subscription_items (account_id, id, subscription_id, position, unit_amount_minor, description, quantity, currency,
     fulfillment_type, created_at, updated_at)
   select $1, ${sqlId('subscription_item')}, ${sqlId('subscription')}, 0, 2900, 'Pro', 1, 'USD',
          case when ${within(DUE.subscriptions)} then 'physical' else 'none' end, $5, $5 from numbers`,
  `insert into renewals (account_id, id, subscription_id, cycle, kind, status, renewal_at, period_start, period_end,
     amount_minor, currency, invoice_id, created_at)
   select $1, ${sqlId('renewal')}, ${sqlId('subscription')}, 2, 'automatic',
          case when n % 20000 = 1 then 'overdue' when ${IS_REFUNDED} then 'partially_refunded' else 'paid' end, $5, $5,
          $5::timestamptz + interval '30 days', 2900, 'USD', ${sqlId('invoice')}, at from times`,
  `insert into invoices (account_id, id, number, customer_id, subscription_id, billing_reason, status, currency,
     subtotal_minor, total_minor, paid_minor, refunded_minor, metadata, collection_method, due_at, finalized_at, created_at,
     updated_at)
   select $1, ${sqlId('invoice')}, 'INV-' || n, ${sqlId('customer')}, ${sqlId('subscription')}, 'subscription_cycle', status,
          'USD', 2900, 2900, case when status = 'paid' then 2900 else 0 end, case when ${IS_REFUNDED} then 100 else 0 end,
          case when n % 10 = 4 then jsonb_build_object('merchant_invoice_reference', 'order-' || n) else '{}' end,
          case when status = 'sent' then 'send_invoice' else 'charge_automatically' end,
          case when status = 'sent' then $5::timestamptz + interval '30 minutes' end, at, at,
          case when status = 'void' then at + interval '2 days' else at end
     from (select times.*, case when ${within(DUE.overdueInvoices)} then 'sent'
                  when ${within(DUE.lostAttempts)} or ${within(DUE.pendingAttempts)} or ${within(DUE.recoveryCases)}
                  then 'finalized'
                  when n % 20000 = 1 then 'uncollectible' when n % 20000 = 2 then 'draft'
                  when n % 100 = 3 then 'void' else 'paid' end as status from times) as invoice`,
  `insert into sales (account_id, id, customer_id, invoice_id, status, currency, campaign, created_at, updated_at, begun_at,
     voided_at)
   select $1, ${sqlId('sale')}, ${sqlId('customer')}, ${sqlId('invoice')}, status, 'USD',
          case when n % 5000 = 0 then 'rare' else 'common' end, at, at,
          case when status = 'paid' then at end, case when status = 'voided' then at end
     from (select times.*, case when n % 20000 = 0 then 'voided' when n % 20000 = 1 then 'pending'
                  when n % 20 = 2 then 'declined' else 'paid' end as status from times) as sale`,
  `insert into sale_lines (account_id, sale_id, position, kind, description, quantity, amount_minor, begins, subscription_id)
   select $1, ${sqlId('sale')}, 0, 'product', 'Pro', 1, 2900,
          '{"trial_days": 0, "trial_unit_minor": null, "renewal_unit_minor": 2900, "shipping_at_trial_end_minor": 0,
            "frequency": {"kind": "unit", "unit": "day", "count": 30}, "cycles_max": null, "fulfillment_type": "none"}',
          ${sqlId('subscription')} from numbers`,
  `insert into invoice_lines (account_id, id, invoice_id, position, description, quantity, amount_minor, currency)
   select $1, ${sqlId('invoice_line')}, ${sqlId('invoice')}, 0, 'Pro', 1, 2900, 'USD' from numbers`,
  `insert into discounts (account_id, id, code, name, discount_type, value, applies_to, max_redemptions_per_user, recurring_type,
     status, created_at, updated_at)
   select $1, ${sqlId('discount')}, 'CODE' || n, 'Some', 'percentage', 1000, 'all', n % 2, 'forever', ${STANDING}, at, at from times`,
  `insert into discount_redemptions (account_id, id, discount_id, customer_id, subscription_id, invoice_id, amount_minor,
     currency, status, created_at, updated_at)
   select $1, ${sqlId('redemption')}, ${sqlId('discount')}, ${sqlId('customer')}, ${sqlId('subscription')}, ${sqlId('invoice')}, 290,
          'USD', case when n % 100 = 0 then 'reserved' else 'counted' end, at, at from times`,
  `insert into subscription_discounts (account_id, subscription_id, discount_id, uses_made)
   select $1, ${sqlId('subscription')}, ${sqlId('discount')}, 1 from numbers`,
  `insert into tax_rates (account_id, id, display_name, rate_ppm, is_inclusive, tax_type, status, created_at, updated_at)
   select $1, ${sqlId('tax_rate')}, 'VAT', 200000, false, 'vat', ${STANDING}, at, at from times`,
  `insert into shipping_profiles (account_id, id, name, currency, rates, status, created_at, updated_at)
   select $1, ${sqlId('shipping_profile')}, 'Profile ' || n, 'USD',
          '[{"amount_minor": 500, "provider": null, "provider_method": null, "product_ids": [], "product_groups": [],
             "revenue_min_minor": null, "revenue_max_minor": null}]', ${STANDING}, at, at from times`,
  `insert into shipments (account_id, id, customer_id, subscription_id, invoice_id, status, amount_minor, currency, created_at,
     updated_at)
   select $1, ${sqlId('shipment')}, ${sqlId('customer')}, ${sqlId('subscription')}, ${sqlId('invoice')},
          case when n % 20000 = 0 then 'pending' when n % 20000 = 1 then 'canceled' when n % 2 = 0 then 'shipped' else 'delivered' end,
          500, 'USD', at, at from times`,
  `insert into payment_intents (account_id, id, customer_id, amount_minor, currency, status, client_secret, created_at, updated_at)
   select $1, ${sqlId('payment_intent')}, ${sqlId('customer')}, 2900, 'USD',
          case when n % 20000 = 0 then 'requires_action' else 'succeeded' end, 'secret', at, at from times`,
  `insert into payment_attempts (account_id, id, state, invoice_id, subscription_id, customer_id, payment_method_id,
     gateway_id, attempt_number, amount_minor, currency, lease_until, check_at, created_at)
   select $1, ${sqlId('payment_attempt')},
          case when ${within(DUE.lostAttempts)} then 'sending' when ${within(DUE.pendingAttempts)} then 'pending'
               when ${within(DUE.recoveryCases)} then 'declined'
               when ${IS_CHALLENGED} then 'needs_action' else 'succeeded' end,
          ${sqlId('invoice')}, ${sqlId('subscription')}, ${sqlId('customer')}, ${sqlId('payment_method')}, $2, 1, 2900, 'USD',
          $5::timestamptz - interval '1 hour', case when ${within(DUE.pendingAttempts)} then $5::timestamptz
               when ${IS_CHALLENGED} then $5::timestamptz + interval '30 days' end, $5 from numbers`,
  `insert into transactions (account_id, id, type, status, invoice_id, payment_intent_id, subscription_id, customer_id, gateway_id,
     amount_minor, refunded_minor, currency, created_at, updated_at)
   select $1, ${sqlId('transaction')}, case when n % 20000 = 0 then 'refund' else 'sale' end,
          case when n % 30 = 0 then 'failed' else 'succeeded' end, ${sqlId('invoice')}, ${sqlId('payment_intent')},
          ${sqlId('subscription')}, ${sqlId('customer')}, $2, 2900, ${REFUNDED}, 'USD', at, at from times`,
  `insert into refunds (account_id, id, transaction_id, number, status, mode, reason, amount_minor, charged_minor, currency,
     customer_id, invoice_id, credit_note_id, gateway_id, charge_reference, gateway_reference, sends, send_at, check_at, sent_at,
     lease_until, created_at, updated_at)
   select $1, ${sqlId('refund')}, ${sqlId('transaction')}, 1, status, 'delayed',
          case when n % 20000 = 0 then 'fraudulent' else 'customer_request' end, 100, 2900, 'USD', ${sqlId('customer')},
          ${sqlId('invoice')}, ${sqlId('credit_note')}, $2, 'ch_' || n, case when status = 'succeeded' then 're_' || n end,
          case when status = 'pending' then 0 else 1 end, case when status = 'pending' then $5::timestamptz + interval '30 minutes' end,
          case when ${within(DUE.refundsAtWork)} then $5::timestamptz end, $5::timestamptz - interval '1 hour',
          case when status = 'processing' then $5::timestamptz - interval '1 hour' end, at, at
     from (select times.*, case when ${within(DUE.dueRefunds)} then 'pending'
                  when ${within(DUE.lostRefunds)} or ${within(DUE.refundsAtWork)} then 'processing'
                  when n % 20000 = 1 then 'canceled' when n % 30 = 0 then 'failed' else 'succeeded' end as status
             from times) as refund`,
  `insert into voids (account_id, id, transaction_id, status, reason_code, amount_minor, currency, customer_id, invoice_id,
     gateway_id, charge_reference, created_at, updated_at)
   select $1, ${sqlId('void')}, ${sqlId('transaction')}, case when n % 20000 = 0 then 'failed' else 'succeeded' end, 'error', 2900,
          'USD', ${sqlId('customer')}, ${sqlId('invoice')}, $2, 'ch_' || n, at, at from times`,
  `insert into credit_notes (account_id, id, number, invoice_id, customer_id, status, credit_method, amount_minor, currency,
     issued_at, created_at, updated_at)
   select $1, ${sqlId('credit_note')}, 'CN-' || n, ${sqlId('invoice')}, ${sqlId('customer')},
          case when n % 20000 = 0 then 'void' else 'issued' end,
          case when n % 20000 = 1 then 'external' else 'refund_to_payment_method' end, 100, 'USD', at, at, at from times`,
  // Half of them are open, and nearly all of those wait for a day of their own.
  `insert into recovery_cases (account_id, id, invoice_id, subscription_id, customer_id, state, amount_minor, currency,
     next_attempt_at, plan_at, retry_now_at, salvage_at, opened_at)
   select $1, ${sqlId('recovery_case')}, ${sqlId('invoice')}, ${sqlId('subscription')}, ${sqlId('customer')}, state, 2900, 'USD',
          case when is_due then $5::timestamptz + interval '30 minutes'
               when state = 'open' then $5::timestamptz + interval '1 day' + n % 28 * interval '1 day' end,
          case when is_due and n % 4 = 1 then $5::timestamptz + interval '10 minutes' end,
          case when is_due and n % 4 = 2 then $5::timestamptz + interval '20 minutes' end,
          case when state = 'exhausted' then $5::timestamptz + interval '1 day' + n % 28 * interval '1 day' end, $5
     from (select numbers.*, ${within(DUE.recoveryCases)} as is_due,
                  case when ${within(DUE.recoveryCases)} or n % 2 = 0 then 'open'
                       when n % 20000 = 1 then 'canceled' when n % 20 = 3 then 'exhausted' else 'recovered' end as state
             from numbers) as recovery`,
  `insert into card_news (account_id, customer_id, told_at)
   select $1, ${sqlId('customer')}, $5::timestamptz + case when ${within(DUE.recoveryCases)} then interval '5 minutes'
          else interval '3 days' end from numbers where n % 10 = 1`,
  `insert into dunning_campaigns (account_id, id, name, steps, created_at, updated_at)
   select $1, ${sqlId('dunning_campaign')}, 'Campaign ' || n, '[{"day": 1, "action": "retry"}]', at, at from times`,
  `insert into dunning_assignments (account_id, id, campaign_id, target, target_id, created_at)
   select $1, ${sqlId('dunning_assignment')}, ${sqlId('dunning_campaign')}, 'subscription', ${sqlId('subscription')}, at
     from times where n % 1000 = 0`,
  `insert into dunning_runs (account_id, id, subscription_id, customer_id, invoice_id, state, outcome, started_at, due_at, ended_at)
   select $1, ${sqlId('recovery_case')}, ${sqlId('subscription')}, ${sqlId('customer')}, ${sqlId('invoice')},
          case when ${within(DUE.recoveryCases)} then 'open' else 'ended' end,
          case when ${within(DUE.recoveryCases)} then null else 'recovered' end, $5,
          case when ${within(DUE.recoveryCases)} then $5::timestamptz end,
          case when ${within(DUE.recoveryCases)} then null else $5::timestamptz end from numbers`,
  // One of them runs, and the rows are its: of these a few are left.
  `insert into subscription_edits (account_id, id, status, filters, segment_by, segments, review_digest, totals, loaded,
     planned, unchanged, skipped, created_at, expires_at, confirmed_at, updated_at)
   select $1, ${sqlId('subscription_edit')}, case when is_running then 'running' when n % 20000 = 1 then 'draft' else 'done' end,
          '{}', 'none', '[{"value": null, "actions": [{"kind": "extend_next_renewal", "days": 1}], "loaded": 0,
             "planned": 0, "unchanged": 0, "skipped": 0, "warnings": {}}]', 'digest', '[]',
          case when is_running then ${DUE.plannedEditRows[1] - DUE.plannedEditRows[0]} else 0 end,
          case when is_running then ${DUE.plannedEditRows[1] - DUE.plannedEditRows[0]} else 0 end, 0, 0, at,
          at + interval '1 day', at, at
     from (select times.*, n = ${EDIT_WITH_ROWS} and $4::boolean as is_running from times) as edit`,
  `insert into subscription_edit_rows (account_id, edit_id, position, subscription_id, segment, result, version, notice_sent,
     before, after, warnings)
   select $1, ${sqlIdOf('subscription_edit', EDIT_WITH_ROWS)}, n, ${sqlId('subscription')}, 0, result, 1, false, standing, case when result = 'planned' then standing end, '[]'
     from (select numbers.*, case when ${within(DUE.plannedEditRows)} then 'planned' when n % 20000 = 0 then 'skipped' else 'unchanged' end as result,
                  '{"status": "active", "amount_minor": 2900, "next_renewal_at": null, "trial_end": null,
                    "subscription_profile_id": null, "forced_gateway_id": null, "preferred_gateway_id": null, "discount_ids": []}'::jsonb as standing
             from numbers) as edit_row`,
  `insert into invoice_reminders (account_id, id, customer_id, reminders_sent, due_at, created_at)
   select $1, ${sqlId('invoice')}, ${sqlId('customer')}, 0,
          case when ${within(DUE.dueReminders)} then $5::timestamptz + interval '30 minutes' end, $5 from numbers`,
  `insert into events (account_id, id, type, object_kind, object_id, fact_number, customer_id, subscription_id, invoice_id, data, occurred_at)
   select $1, ${sqlId('event')}, case when n % 20000 = 0 then 'invoice.voided' else 'invoice.paid' end, 'invoice',
          ${sqlId('invoice')}, -100, ${sqlId('customer')}, ${sqlId('subscription')}, ${sqlId('invoice')}, '{}', at from times`,
  `insert into idempotency_keys (account_id, api_key_id, route, key, request_hash, started_at)
   select $1, $2, 'POST /v2/customers', 'key' || n, 'hash', at from times`,
  // Mails and webhooks are left over from a long failure: half of them wait, and half of these are due.
  `insert into outbox (account_id, id, kind, dedupe_key, payload, state, attempts, next_attempt_at, created_at)
   select $1, ${sqlId('mail')}, 'mail', 'mail' || n, '{"to": "a@example.com", "template": "invoice_sent", "data": {}}',
          case when n % 20000 = 0 then 'kept' when n % 2 = 0 then 'done' else 'waiting' end, n % 2, ${WAITS_UNTIL}, $5
     from numbers`,
  `insert into recovery_deliveries (account_id, id, client_id, event, body, state, next_try_at, created_at)
   select $1, ${sqlId('recovery_delivery')}, ${NOWHERE}, 'recovery.success', '{}',
          case when n % 2 = 0 then 'done' else 'waiting' end, ${WAITS_UNTIL}, $5 from numbers`,
  `insert into revolv3_deliveries (account_id, id, event_id, event_type, object_id, body, state, next_try_at, created_at)
   select $1, ${sqlId('revolv3_delivery')}, ${sqlId('event')}, 'InvoicePaid', ${sqlId('invoice')}, '{}',
          case when n % 2 = 0 then 'done' else 'waiting' end, ${WAITS_UNTIL}, $5 from numbers`,
  `insert into connector_events (account_id, connector_id, event_id, body, state, next_try_at, received_at)
   select $1, ${NOWHERE}, 'evt_' || n, '{}', case when n % 2 = 0 then 'done' else 'waiting' end, ${WAITS_UNTIL}, $5
     from numbers`,
  `insert into connected_invoices (account_id, recovery_id, connector_id, invoice_id, collects, write_back, next_try_at)
   select $1, ${sqlId('connected_invoice')}, ${NOWHERE}, 'in_' || n, 'here',
          case when n % 2 = 0 then 'none' else 'waiting' end, ${WAITS_UNTIL} from numbers`,
  // Of these nothing is due; half of what is waited for comes in a month.
  `insert into setup_intents (account_id, id, customer_id, payment_method_id, payment_method_types, usage, status, client_secret,
     verification_id, gateway_id, lease_until, created_at, updated_at)
   select $1, ${sqlId('setup_intent')}, ${sqlId('customer')}, ${sqlId('payment_method')}, '["card"]', 'off_session',
          case when n % 20000 = 0 then 'requires_action' when n % 20000 = 1 then 'canceled' when n % 2 = 1 then 'processing'
               else 'succeeded' end, 'secret', ${sqlId('setup_intent')}, $2, $5::timestamptz + interval '30 days', $5, $5
     from numbers`,
  `insert into mandates (account_id, id, mandate_ref, customer_id, payment_method_id, gateway_id, status, account_holder_name,
     bank_sealed, sort_code_last2, account_number_last4, notice_days, acceptance, check_at, created_at, updated_at)
   select $1, ${sqlId('mandate')}, 'REF' || n, ${sqlId('customer')}, ${sqlId('mandate')}, $2,
          case when n % 2 = 1 then 'pending_lodgement' else 'active' end, 'Ada', 'sealed', '00', '0000', 3, '{}',
          case when n % 2 = 1 then $5::timestamptz + interval '30 days' end, $5, $5 from numbers`,
  `insert into mandate_collections (account_id, id, mandate_id, invoice_id, source_type, source_id, amount_minor, currency,
     status, notice_on, submission_on, collection_on, settlement_on, due_at, created_at, updated_at)
   select $1, ${sqlId('mandate_collection')}, ${sqlId('mandate')}, ${sqlId('mandate_collection')}, 'invoice',
          ${sqlId('mandate_collection')}, 2900, 'GBP', case when n % 2 = 1 then 'scheduled' else 'succeeded' end,
          day, day, day + 1, day + 2, case when n % 2 = 1 then $5::timestamptz + interval '30 days' end, $5, $5
     from (select numbers.*, $5::date + 30 as day from numbers) as debit`,
  `insert into outside_recoveries (account_id, id, client_id, gateway_id, state, handed_token, token, fallback_tokens, amount_minor,
     currency, is_urgent, is_simulated, last_attempt_at, strategy, next_attempt_at, opened_at, closed_at)
   select $1, ${sqlId('outside_recovery')}, ${NOWHERE}, $2, case when n % 2 = 1 then 'scheduled' else 'failed' end, 'tok_' || n,
          'tok_' || n, '[]', 2900, 'USD', false, true, $5, 'primary',
          case when n % 2 = 1 then $5::timestamptz + interval '30 days' end, $5, case when n % 2 = 0 then $5::timestamptz end
     from numbers`,
  `insert into outside_attempts (account_id, id, recovery_id, client_id, gateway_id, number, token, state, amount_minor, currency,
     lease_until, check_at, created_at, settled_at)
   select $1, ${sqlId('outside_attempt')}, ${sqlId('outside_recovery')}, ${NOWHERE}, $2, 1, 'tok_' || n,
          case n % 4 when 1 then 'pending' when 3 then 'unknown' else 'declined' end, 2900, 'USD',
          $5::timestamptz + interval '30 days', case when n % 4 = 1 then $5::timestamptz + interval '30 days' end, $5,
          case when n % 2 = 0 then $5::timestamptz end from numbers`,
  `insert into outside_cards (account_id, client_id, token, described_at, notice_at)
   select $1, ${NOWHERE}, 'tok_' || n, $5,
          $5::timestamptz + case when ${within(DUE.endingOutsideCards)} then interval '0' else interval '1 year' end from numbers`,
  `insert into card_update_links (account_id, id, client_id, token_hash, payment_token, expires_at, used_at, replaced_by, created_at)
   select $1, ${sqlId('card_update_link')}, ${NOWHERE}, $1::uuid || 'hash' || n, 'tok_' || n, $5, $5,
          case when n % 2 = 0 then 'new_' || n end, $5 from numbers`,
  `insert into subscription_payment_methods (account_id, subscription_id, priority, payment_method_id)
   select $1, ${sqlId('subscription')}, 0, ${sqlId('payment_method')} from numbers where ${IS_RECYCLED}`,
  `insert into recycling_terms (account_id, subscription_id, kind, cancel_mode, recycles_start, initial_bill_at, created_at)
   select $1, ${sqlId('subscription')}, 'subscription', 'immediately', false, $5, $5 from numbers where ${IS_RECYCLED}`,
  `insert into disputes (account_id, id, gateway_id, gateway_reference, charge_reference, payment_id, customer_id, status,
     resolution, reason, amount_minor, currency, told_at, disputed_at, next_due_at, created_at, updated_at)
   select $1, ${sqlId('dispute')}, $2, 'dp_' || n, 'ch_' || n, ${sqlId('transaction')}, ${sqlId('customer')},
          case when n % 20000 = 0 then 'needs_response' when n % 20000 = 1 then 'warning_closed'
               when n % 2 = 0 then 'won' else 'lost' end,
          case when n % 20000 < 2 then null when n % 5000 = 2 then 'withdrawn' when n % 2 = 0 then 'won' else 'lost' end,
          'fraudulent', 2900, 'USD', at, at,
          case when n % 20000 = 0 then $5::timestamptz + interval '9 days' end, at, at from times`,
  `insert into gateway_notices (account_id, id, gateway_id, notice_id, kind, source, payload, told_at, received_at, state,
     applied_at)
   select $1, ${sqlId('gateway_notice')}, $2, 'nt_' || n, case when n % 20000 = 0 then 'return' else 'dispute' end, 'webhook',
          '{}', at, at, case when n % 20000 = 1 then 'parked' else 'applied' end, at from times`,
  `insert into payouts (account_id, id, gateway_id, reference, status, currency, net_minor, arrived_at, created_at)
   select $1, ${sqlId('payout')}, $2, 'po_' || n, case when n % 20000 = 0 then 'failed' else 'paid' end, 'USD', 2900, at, at
     from times`,
  `insert into reconciliation_runs (account_id, id, gateway_id, from_at, until_at, state, started_at)
   select $1, ${sqlId('reconciliation_run')}, $2, at, at, 'finished', at from times`,
  `insert into reconciliation_differences (account_id, id, gateway_id, run_id, kind, subject_kind, subject_id, currency,
     state, found_at, resolved_at)
   select $1, ${sqlId('reconciliation_difference')}, $2, ${sqlId('reconciliation_run')}, 'missing_here', 'movement',
          ${sqlId('payout')}, 'USD', case when n % 20000 = 0 then 'open' else 'resolved' end, at,
          case when n % 20000 = 0 then null else at end from times`,
  `insert into gateway_movements (account_id, id, gateway_id, reference, kind, amount_minor, fee_minor, currency, moved_at,
     matched_kind, matched_id, run_id, created_at)
   select $1, ${sqlId('movement')}, $2, 'mv_' || n, 'charge', 2900, 0, 'USD', at,
          case when n % 30 <> 0 then 'transaction' end, case when n % 30 <> 0 then ${sqlId('transaction')} end,
          ${sqlId('reconciliation_run')}, at from times`,
]

/**
 * Fills an account with `size` rows of everything that grows, spread over the 100 days before `now`. With
 * `hasDue`, some of every kind of work falls due within the hour.
 */
export async function seedLargeAccount(
  url: string,
  given: {
    readonly accountId: Uuid
    readonly gatewayId: Uuid
    readonly size: number
    readonly hasDue: boolean
    readonly now: Instant
  },
): Promise<void> {
  const { size, now } = given
  const stepMs = (100 * MS_PER_DAY) / size
  const tables =
    ` with numbers as (select * from seeded_rows),` +
    ` times as (select *, $5::timestamptz - (${size} - n) * interval '${stepMs} milliseconds' as at from seeded_rows),` +
    ` given as (select $1::uuid, $2::uuid, $3::uuid, $4::boolean, $5::timestamptz) `
  const values = [
    given.accountId,
    given.gatewayId,
    seededId('other', 0),
    given.hasDue,
    formatInstant(now),
  ]
  await run(url, toSeededRows(size))
  await inLanes(url, STATEMENTS.values(), (client, statement) =>
    client.query(
      statement.replace(/^(insert into [^)]*\))/, (into) => `${into} ${tables}`),
      values,
    ),
  )
  await run(url, 'drop table seeded_rows')
}

/** From the referring ones on. */
const LEAVE_LOG_OUT = `
  do $$
  declare
    changed boolean := true;
    found text;
  begin
    while changed loop
      changed := false;
      for found in
        select c.oid::regclass::text from pg_class c
         where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and c.relpersistence = 'p'
           and not exists (select from pg_constraint f join pg_class o on o.oid = f.conrelid
                            where f.contype = 'f' and f.confrelid = c.oid and o.relpersistence = 'p' and o.oid <> c.oid)
      loop
        execute format('alter table %s set unlogged', found);
        changed := true;
      end loop;
    end loop;
  end $$`

/** Nothing of a test outlives a crash: the log of what is written took as long as writing it. For tables that are empty still. */
export function leaveLogOut(url: string): Promise<void> {
  return run(url, LEAVE_LOG_OUT)
}

/** Fills tables while they have no index but those of their constraints: made at the end, they cost half as much. */
export async function withoutIndexes(url: string, fill: () => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<{ readonly name: string; readonly definition: string }>(
      `select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition
         from pg_index
        where indrelid::regclass::text = any($1)
          and not exists (select from pg_constraint where conindid = indexrelid)`,
      [Object.values(SEEDED_TABLES)],
    )
    await client.query(rows.map(({ name }) => `drop index ${name}`).join('; '))
    await fill()
    await inLanes(url, rows.values(), (lane, { definition }) => lane.query(definition))
    const tables = await client.query<{ readonly name: string }>(
      `select oid::regclass::text as name from pg_class
        where relkind = 'r' and relnamespace = 'public'::regnamespace`,
    )
    await inLanes(url, tables.rows.values(), (lane, { name }) => lane.query(`analyze ${name}`))
  } finally {
    await client.end()
  }
}

async function run(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

const LANES = 2

/** Takes what is next in each of a few connections. */
async function inLanes<T>(
  url: string,
  queue: IterableIterator<T>,
  take: (client: pg.Client, item: T) => Promise<unknown>,
): Promise<void> {
  const lane = async (): Promise<void> => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    try {
      // References hold by construction; checking two million of them would take most of the time.
      await client.query('set session_replication_role = replica')
      for (const item of queue) await take(client, item)
    } finally {
      await client.end()
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
}
