import type { Uuid } from '@perennial/core/ids'
import { formatInstant, type Instant } from '@perennial/core/time'
import type pg from 'pg'

export type SeededAccount = {
  readonly accountId: Uuid
  readonly gatewayId: Uuid
  readonly productId: Uuid
  readonly priceId: Uuid
}

/** Ids in ascending order, as the service makes them: `kind` keeps those of one row number apart. */
const idOf = (kind: number): string =>
  `(lpad(to_hex(1700000000000 + n), 12, '0') || '7${kind.toString(16).padStart(3, '0')}8000' || lpad(to_hex(n), 12, '0'))::uuid`

const PRICE_MINOR = 2_900
/** Every 33rd card is declined. */
const DECLINED_EVERY = 33

/** A gateway, a product and a monthly price, so that subscriptions can be due. */
export async function seedCatalogue(
  client: pg.Client,
  { accountId, gatewayId, productId, priceId }: SeededAccount,
): Promise<void> {
  await client.query(
    `insert into gateways (account_id, id, code, kind, name, settings, created_at)
     values ($1, $2, 'amber', 'simulated', 'Amber', '{"gateway": "amber"}', now())`,
    [accountId, gatewayId],
  )
  await client.query(
    `insert into products (account_id, id, reference, name, kind, pricing_model, currency, created_at, updated_at)
     values ($1, $2, 'PRO', 'Pro plan', 'subscription', 'recurring', 'USD', now(), now())`,
    [accountId, productId],
  )
  await client.query(
    `insert into prices (account_id, id, product_id, currency, type, pricing_model, billing_scheme, unit_amount_minor,
       interval_unit, interval_count, created_at, updated_at)
     values ($1, $2, $3, 'USD', 'recurring', 'fixed', 'per_unit', ${PRICE_MINOR}, 'month', 1, now(), now())`,
    [accountId, priceId, productId],
  )
}

/** Customers numbered `from` up to, not including, `to`, each with a card and a subscription due at `dueAt`. */
export async function seedDue(
  client: pg.Client,
  account: SeededAccount,
  given: { readonly from: number; readonly to: number; readonly dueAt: Instant },
): Promise<void> {
  const { accountId, gatewayId, productId, priceId } = account
  const dueAt = formatInstant(given.dueAt)
  const numbers = `generate_series(${given.from}::bigint, ${given.to - 1}::bigint) as n`
  await client.query(
    `insert into customers (account_id, id, email, name, country, created_at, updated_at)
     select $1, ${idOf(1)}, 'customer' || n || '@example.com', 'Customer ' || n, 'US', now(), now() from ${numbers}`,
    [accountId],
  )
  await client.query(
    `insert into payment_methods (account_id, id, customer_id, type, is_default, card_brand, card_last4,
       card_exp_month, card_exp_year, card_funding, card_country, created_at, updated_at)
     select $1, ${idOf(2)}, ${idOf(1)}, 'card', true, 'visa', '4242', 12, 2039, 'credit', 'US', now(), now()
       from ${numbers}`,
    [accountId],
  )
  await client.query(
    `insert into payment_method_tokens (account_id, payment_method_id, gateway_id, token)
     select $1, ${idOf(2)}, $2,
            case when n % ${DECLINED_EVERY} = 0 then 'tok_decline_insufficient_funds' else 'tok_visa' end
       from ${numbers}`,
    [accountId, gatewayId],
  )
  // The third month has just ended; the fourth is due.
  await client.query(
    `insert into subscriptions (account_id, id, customer_id, product_id, price_id, status, currency, quantity,
       amount_minor, collection_method, timezone, frequency, anchor_at, cycle, cycles_billed, started_at,
       current_period_start, current_period_end, next_due_at, created_at, updated_at)
     select $1, ${idOf(3)}, ${idOf(1)}, $2, $3, 'active', 'USD', 1, ${PRICE_MINOR}, 'charge_automatically', 'UTC',
            '{"kind": "unit", "unit": "month", "count": 1}', $4::timestamptz - interval '3 months', 2, 3,
            $4::timestamptz - interval '3 months', $4::timestamptz - interval '1 month', $4::timestamptz,
            $4::timestamptz, $4::timestamptz - interval '3 months', $4::timestamptz - interval '1 month'
       from ${numbers}`,
    [accountId, productId, priceId, dueAt],
  )
  await client.query(
    `insert into subscription_items (account_id, id, subscription_id, position, price_id, product_id, description,
       quantity, currency, created_at, updated_at)
     select $1, ${idOf(4)}, ${idOf(3)}, 0, $3, $2, 'Pro plan', 1, 'USD',
            $4::timestamptz - interval '3 months', $4::timestamptz - interval '3 months' from ${numbers}`,
    [accountId, productId, priceId, dueAt],
  )
}
