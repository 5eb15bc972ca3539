-- The foundation: accounts, catalogue, customers, subscriptions, invoices, payments, recovery slots,
-- ledger, events and the outbox. Every key and index starts with account_id, so that accounts can be
-- spread over several databases without changing a query. Ids are UUIDv7 in the order of real time:
-- "newest first" is the primary key read backwards.
--
-- Foreign keys guard tables that are written one API call at a time. The tables that the renewal run
-- writes by the thousand (invoice lines, attempts, transactions, transfers, events) have none:
-- `bin/perennial verify` checks those references on the whole database instead.

-- accounts ---------------------------------------------------------------------------------------

create table merchants (
  id uuid primary key,
  name text not null,
  created_at timestamptz not null
);

create table users (
  id uuid primary key,
  merchant_id uuid not null references merchants (id),
  email text not null,
  password_hash text not null,
  role text not null constraint users_role_known
    check (role in ('owner', 'admin', 'manager', 'support', 'member', 'viewer')),
  created_at timestamptz not null,
  constraint users_email_unique unique (email)
);

-- One merchant in one environment. clock_held_at is null while the account's time is real time;
-- a sandbox whose test clock was moved stands at clock_held_at.
create table accounts (
  id uuid primary key,
  merchant_id uuid not null references merchants (id),
  environment text not null constraint accounts_environment_known
    check (environment in ('live', 'sandbox')),
  name text not null,
  timezone text not null default 'UTC',
  currency text not null default 'USD',
  settings jsonb not null default '{}',
  clock_held_at timestamptz,
  created_at timestamptz not null,
  constraint accounts_live_clock_is_real check (environment = 'sandbox' or clock_held_at is null)
);

-- Gap-free invoice numbers: the row is locked by the transaction that takes numbers from it.
create table invoice_counters (
  account_id uuid primary key references accounts (id),
  next_number bigint not null default 1
);

create table api_keys (
  account_id uuid not null references accounts (id),
  id uuid not null,
  name text not null,
  secret_hash text not null,
  hint text not null,
  scopes jsonb not null default '["*"]',
  created_at timestamptz not null,
  revoked_at timestamptz,
  primary key (account_id, id),
  constraint api_keys_secret_unique unique (secret_hash)
);

create table idempotency_keys (
  account_id uuid not null,
  api_key_id uuid not null,
  route text not null,
  key text not null,
  request_hash text not null,
  started_at timestamptz not null,
  object_kind text,
  object_id uuid,
  response_status int,
  response_headers jsonb,
  response_body text,
  primary key (account_id, api_key_id, route, key)
);
create index idempotency_keys_age on idempotency_keys (account_id, started_at);

-- customers --------------------------------------------------------------------------------------

create table customers (
  account_id uuid not null references accounts (id),
  id uuid not null,
  email text not null,
  name text,
  phone text,
  company_name text,
  address_line1 text,
  address_line2 text,
  city text,
  state text,
  postal_code text,
  country text,
  currency text,
  tax_id text,
  metadata jsonb not null default '{}',
  custom_fields jsonb not null default '{}',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  deleted_at timestamptz,
  -- The account is a word of its own, so that a search in one account never reads another's matches.
  search tsvector not null generated always as (
    to_tsvector('simple', replace(account_id::text, '-', '') || ' ' || regexp_replace(
      lower(email || ' ' || coalesce(name, '') || ' ' || coalesce(company_name, '') || ' ' || coalesce(phone, '')),
      '[^[:alnum:]]+', ' ', 'g'))
  ) stored,
  primary key (account_id, id)
);
create unique index customers_email_unique on customers (account_id, lower(email))
  where deleted_at is null;
create index customers_live on customers (account_id, id) where deleted_at is null;
create index customers_email on customers (account_id, lower(email), id);
create index customers_search on customers using gin (search);

-- gateways and payment methods -------------------------------------------------------------------

create table gateways (
  account_id uuid not null references accounts (id),
  id uuid not null,
  code text not null,
  kind text not null constraint gateways_kind_known check (kind in ('simulated')),
  name text not null,
  settings jsonb not null default '{}',
  is_enabled boolean not null default true,
  position int not null default 0,
  created_at timestamptz not null,
  primary key (account_id, id),
  constraint gateways_code_unique unique (account_id, code)
);

create table payment_methods (
  account_id uuid not null,
  id uuid not null,
  customer_id uuid,
  type text not null constraint payment_methods_type_known
    check (type in ('card', 'us_bank_account', 'bacs_direct_debit', 'bank_account')),
  status text not null default 'active' constraint payment_methods_status_known
    check (status in ('active', 'inactive', 'expired')),
  is_default boolean not null default false,
  card_brand text,
  card_last4 text,
  card_exp_month int,
  card_exp_year int,
  card_funding text,
  card_country text,
  bank_name text,
  bank_last4 text,
  bank_routing_last4 text,
  bank_account_type text,
  fingerprint text,
  billing_details jsonb,
  metadata jsonb not null default '{}',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (account_id, id),
  constraint payment_methods_customer_exists
    foreign key (account_id, customer_id) references customers (account_id, id)
);
create index payment_methods_customer on payment_methods (account_id, customer_id, id);
create index payment_methods_type on payment_methods (account_id, type, id);
create unique index payment_methods_one_default on payment_methods (account_id, customer_id)
  where is_default;

-- One token per gateway; network_transaction_id links later merchant-initiated charges to the first.
create table payment_method_tokens (
  account_id uuid not null,
  payment_method_id uuid not null,
  gateway_id uuid not null,
  token text not null,
  network_transaction_id text,
  primary key (account_id, payment_method_id, gateway_id),
  constraint payment_method_tokens_method_exists foreign key (account_id, payment_method_id)
    references payment_methods (account_id, id)
);

-- catalogue --------------------------------------------------------------------------------------

create table products (
  account_id uuid not null references accounts (id),
  id uuid not null,
  reference text not null,
  name text not null,
  description text,
  kind text not null constraint products_kind_known check (kind in ('subscription', 'one_time', 'usage')),
  pricing_model text not null constraint products_pricing_model_known
    check (pricing_model in ('one_time', 'recurring', 'usage')),
  amount_minor bigint,
  currency text not null,
  interval_unit text,
  interval_count int,
  trial_days int not null default 0,
  usage_meter_id text,
  slug text,
  image_url text,
  tax_behavior text,
  tax_code text,
  fulfillment_type text not null default 'none',
  track_inventory boolean not null default false,
  stock_quantity bigint,
  billing_anchor_rule text,
  billing_anchor_day int,
  first_charge_behavior text,
  end_behavior text,
  max_payments int,
  profile_id uuid,
  is_active boolean not null default true,
  is_archived boolean not null default false,
  metadata jsonb not null default '{}',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  search tsvector not null generated always as (
    to_tsvector('simple', replace(account_id::text, '-', '') || ' ' || regexp_replace(
      lower(name || ' ' || reference || ' ' || coalesce(description, '')), '[^[:alnum:]]+', ' ', 'g'))
  ) stored,
  primary key (account_id, id),
  constraint products_reference_unique unique (account_id, reference)
);
create index products_search on products using gin (search);
create index products_kind on products (account_id, kind, id);

-- Amounts of a price never change after creation; only active, names and metadata do.
create table prices (
  account_id uuid not null,
  id uuid not null,
  product_id uuid not null,
  version int not null default 1,
  active boolean not null default true,
  currency text not null,
  type text not null constraint prices_type_known check (type in ('one_time', 'recurring')),
  pricing_model text not null constraint prices_pricing_model_known
    check (pricing_model in ('fixed', 'pay_what_you_want', 'free')),
  billing_scheme text not null constraint prices_billing_scheme_known
    check (billing_scheme in ('per_unit', 'flat', 'tiered', 'percentage')),
  unit_amount_minor bigint,
  unit_amount_decimal text,
  minimum_amount_minor bigint,
  maximum_amount_minor bigint,
  suggested_amount_minor bigint,
  preset_amounts jsonb,
  tiers_mode text,
  tiers jsonb,
  transform_divide_by bigint,
  transform_round text,
  percentage_rate_bps int,
  free_units bigint not null default 0,
  spending_minimum_minor bigint,
  spending_maximum_minor bigint,
  interval_unit text,
  interval_count int,
  trial_period_days int,
  start_rule text,
  pay_in_advance boolean not null default true,
  name text,
  nickname text,
  description text,
  lookup_key text,
  metadata jsonb not null default '{}',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (account_id, id),
  constraint prices_product_exists foreign key (account_id, product_id)
    references products (account_id, id),
  constraint prices_recurring_has_interval check (type = 'one_time' or interval_unit is not null)
);
create index prices_product on prices (account_id, product_id, id);
create index prices_lookup_key on prices (account_id, lookup_key, id) where lookup_key is not null;
create index prices_type on prices (account_id, type, active, id);

-- subscriptions ----------------------------------------------------------------------------------

-- What decides, for every subscription that uses it, the time between renewals and their limits.
create table subscription_profiles (
  account_id uuid not null references accounts (id),
  id uuid not null,
  name text not null,
  description text,
  is_enabled boolean not null default true,
  frequency jsonb not null,
  occurrences int,
  overdue_limit int not null default 0,
  prefer_last_success_gateway boolean not null default false,
  payment_profile_id uuid,
  shipping_profile_id uuid,
  subscription_id uuid,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (account_id, id),
  constraint subscription_profiles_name_unique unique (account_id, name)
);

-- next_due_at is the one instant at which the subscription next needs something done: a trial that
-- ends, a renewal, a resume, an expiry. Null = nothing will ever fall due by itself.
create table subscriptions (
  account_id uuid not null,
  id uuid not null,
  version int not null default 1,
  customer_id uuid not null,
  business_id uuid,
  product_id uuid,
  price_id uuid,
  profile_id uuid,
  status text not null constraint subscriptions_status_known check (status in (
    'pending', 'incomplete', 'incomplete_expired', 'trialing', 'active', 'past_due', 'paused', 'unpaid',
    'canceled', 'expired')),
  currency text not null,
  quantity bigint not null,
  amount_minor bigint not null,
  collection_method text not null constraint subscriptions_collection_method_known
    check (collection_method in ('charge_automatically', 'send_invoice')),
  days_until_due int not null default 0,
  timezone text not null,
  frequency jsonb not null,
  date_rule text not null default 'anchored' constraint subscriptions_date_rule_known
    check (date_rule in ('anchored', 'from_renewal')),
  anchor_at timestamptz not null,
  anchor_day int,
  -- Which cycle starts at the anchor: 0, or a later one after the billing date was moved.
  anchor_cycle int not null default 0,
  first_charge text not null default 'immediate' constraint subscriptions_first_charge_known
    check (first_charge in ('immediate', 'next_anchor', 'prorate')),
  cycle int not null,
  cycles_billed int not null default 0,
  cycles_max int,
  ends_at timestamptz,
  started_at timestamptz not null,
  current_period_start timestamptz not null,
  current_period_end timestamptz not null,
  trial_end timestamptz,
  trial_ending_notice_sent boolean not null default false,
  next_due_at timestamptz,
  cancel_at_period_end boolean not null default false,
  canceled_at timestamptz,
  ended_at timestamptz,
  cancel_reason text,
  pause_at_period_end boolean not null default false,
  pause_behavior text,
  paused_at timestamptz,
  resumes_at timestamptz,
  proration_mode text not null default 'immediate',
  latest_invoice_id uuid,
  parked_at timestamptz,
  parked_reason text,
  metadata jsonb not null default '{}',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (account_id, id),
  constraint subscriptions_customer_exists
    foreign key (account_id, customer_id) references customers (account_id, id),
  constraint subscriptions_period_forward check (current_period_end > current_period_start)
) with (fillfactor = 85);
create index subscriptions_customer on subscriptions (account_id, customer_id, id);
create index subscriptions_status on subscriptions (account_id, status, id);
create index subscriptions_due on subscriptions (account_id, next_due_at)
  where next_due_at is not null and parked_at is null;
create index subscriptions_parked on subscriptions (account_id, id) where parked_at is not null;

-- What a cycle costs: priced items, and stacked components with a window of cycles. cycle_first and
-- cycle_count say for which cycles a component counts (null = for ever); phases are such windows too.
create table subscription_items (
  account_id uuid not null,
  id uuid not null,
  subscription_id uuid not null,
  position int not null,
  component text not null default 'standard' constraint subscription_items_component_known
    check (component in ('standard', 'price_override', 'discount', 'discount_percentage', 'final_discount')),
  price_id uuid,
  product_id uuid,
  description text,
  quantity bigint not null,
  currency text not null,
  unit_amount_minor bigint,
  cycle_first int not null default 0,
  cycle_count int,
  fulfillment_type text not null default 'none',
  metadata jsonb not null default '{}',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  removed_at timestamptz,
  primary key (account_id, id)
);
create index subscription_items_subscription
  on subscription_items (account_id, subscription_id, position);

-- Methods a subscription charges, by priority (0 first). None = the customer's default method.
create table subscription_payment_methods (
  account_id uuid not null,
  subscription_id uuid not null,
  priority int not null,
  payment_method_id uuid not null,
  primary key (account_id, subscription_id, priority)
);

-- One renewal per (subscription, renewal date), guarded by the unique constraint.
create table renewals (
  account_id uuid not null,
  id uuid not null,
  subscription_id uuid not null,
  cycle int not null,
  kind text not null constraint renewals_kind_known
    check (kind in ('initial', 'trial_end', 'automatic', 'manual')),
  status text not null constraint renewals_status_known
    check (status in ('processing', 'paid', 'overdue', 'partially_paid', 'void', 'refunded')),
  renewal_at timestamptz not null,
  period_start timestamptz not null,
  period_end timestamptz not null,
  amount_minor bigint not null,
  currency text not null,
  invoice_id uuid,
  run_id uuid,
  created_at timestamptz not null,
  primary key (account_id, id),
  constraint renewals_one_per_date unique (account_id, subscription_id, renewal_at)
-- Every renewal is updated once, from processing to paid: the new version stays on its page, and no index is written.
) with (fillfactor = 50);
create unique index renewals_one_per_invoice on renewals (account_id, invoice_id)
  where invoice_id is not null;

create table renewal_runs (
  account_id uuid not null,
  id uuid not null,
  started_at timestamptz not null,
  finished_at timestamptz,
  due int not null default 0,
  renewed int not null default 0,
  failed int not null default 0,
  other int not null default 0,
  parked int not null default 0,
  parked_reasons jsonb not null default '[]',
  primary key (account_id, id)
);

-- invoices ---------------------------------------------------------------------------------------

create table invoices (
  account_id uuid not null,
  id uuid not null,
  version int not null default 1,
  number text,
  customer_id uuid not null,
  subscription_id uuid,
  billing_reason text not null constraint invoices_billing_reason_known
    check (billing_reason in ('manual', 'subscription_create', 'subscription_cycle', 'subscription_update')),
  status text not null constraint invoices_status_known check (status in (
    'draft', 'pending_approval', 'finalized', 'approved', 'sent', 'partially_paid', 'paid', 'overdue', 'void',
    'uncollectible')),
  currency text not null,
  subtotal_minor bigint not null,
  discount_minor bigint not null default 0,
  tax_minor bigint not null default 0,
  total_minor bigint not null,
  paid_minor bigint not null default 0,
  collection_method text not null,
  period_start timestamptz,
  period_end timestamptz,
  due_at timestamptz,
  finalized_at timestamptz,
  sent_at timestamptz,
  paid_at timestamptz,
  voided_at timestamptz,
  overdue_at timestamptz,
  public_token text,
  allowed_methods jsonb,
  subscription_terms jsonb,
  custom_fields jsonb not null default '{}',
  metadata jsonb not null default '{}',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (account_id, id),
  constraint invoices_number_unique unique (account_id, number),
  constraint invoices_total_adds_up check (total_minor = subtotal_minor - discount_minor + tax_minor),
  constraint invoices_paid_within_total check (paid_minor between 0 and total_minor)
) with (fillfactor = 80);
create index invoices_customer on invoices (account_id, customer_id, id);
create index invoices_subscription on invoices (account_id, subscription_id, id)
  where subscription_id is not null;
create index invoices_status on invoices (account_id, status, id);
create index invoices_due on invoices (account_id, due_at)
  where due_at is not null and status in ('finalized', 'approved', 'sent', 'partially_paid');

create table invoice_lines (
  account_id uuid not null,
  id uuid not null,
  invoice_id uuid not null,
  position int not null,
  subscription_item_id uuid,
  price_id uuid,
  product_id uuid,
  description text not null,
  quantity bigint not null,
  unit_amount_decimal text,
  amount_minor bigint not null,
  currency text not null,
  period_start timestamptz,
  period_end timestamptz,
  is_proration boolean not null default false,
  parts jsonb,
  primary key (account_id, id)
);
create index invoice_lines_invoice on invoice_lines (account_id, invoice_id, position);

-- payments ---------------------------------------------------------------------------------------

create table payment_intents (
  account_id uuid not null,
  id uuid not null,
  version int not null default 1,
  customer_id uuid not null,
  payment_method_id uuid,
  invoice_id uuid,
  amount_minor bigint not null,
  amount_capturable_minor bigint not null default 0,
  amount_received_minor bigint not null default 0,
  currency text not null,
  status text not null constraint payment_intents_status_known check (status in (
    'requires_payment_method', 'requires_confirmation', 'requires_action', 'processing', 'succeeded', 'canceled')),
  capture_method text not null default 'automatic',
  description text,
  statement_descriptor text,
  statement_descriptor_suffix text,
  receipt_email text,
  client_secret text not null,
  last_error jsonb,
  next_action jsonb,
  cancellation_reason text,
  canceled_at timestamptz,
  metadata jsonb not null default '{}',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (account_id, id),
  constraint payment_intents_customer_exists
    foreign key (account_id, customer_id) references customers (account_id, id)
);
create index payment_intents_customer on payment_intents (account_id, customer_id, id);
create index payment_intents_status on payment_intents (account_id, status, id);
create index payment_intents_created on payment_intents (account_id, created_at, id);

-- One row is one call to a gateway that may move money. It is committed as `sending` before the call;
-- the id is the idempotency key at the gateway. lease_until is real time: after it, another worker
-- may look the attempt up. check_at is the account's time at which a pending attempt is asked about again.
create table payment_attempts (
  account_id uuid not null,
  id uuid not null,
  operation text not null default 'charge' constraint payment_attempts_operation_known
    check (operation in ('charge', 'authorize', 'capture', 'refund', 'void')),
  state text not null constraint payment_attempts_state_known check (state in (
    'sending', 'unknown', 'pending', 'needs_action', 'succeeded', 'declined', 'canceled')),
  invoice_id uuid,
  payment_intent_id uuid,
  subscription_id uuid,
  customer_id uuid not null,
  payment_method_id uuid not null,
  gateway_id uuid not null,
  attempt_number int not null,
  sends int not null default 1,
  amount_minor bigint not null,
  currency text not null,
  gateway_reference text,
  decline_code text,
  decline_iso_code text,
  advice_code text,
  message text,
  next_action jsonb,
  lease_until timestamptz,
  check_at timestamptz,
  created_at timestamptz not null,
  settled_at timestamptz,
  primary key (account_id, id)
) with (fillfactor = 80);
create unique index payment_attempts_one_live_per_invoice on payment_attempts (account_id, invoice_id)
  where state in ('sending', 'unknown', 'pending', 'needs_action') and invoice_id is not null;
create unique index payment_attempts_one_live_per_intent on payment_attempts (account_id, payment_intent_id)
  where state in ('sending', 'unknown', 'pending', 'needs_action') and payment_intent_id is not null;
create index payment_attempts_unsettled on payment_attempts (account_id, lease_until)
  where state in ('sending', 'unknown');
create index payment_attempts_pending on payment_attempts (account_id, check_at) where state = 'pending';
create index payment_attempts_invoice on payment_attempts (account_id, invoice_id, id)
  where invoice_id is not null;
create index payment_attempts_intent on payment_attempts (account_id, payment_intent_id, id)
  where payment_intent_id is not null;

-- Money that moved, or was refused: written once, when the outcome is known.
create table transactions (
  account_id uuid not null,
  id uuid not null,
  type text not null constraint transactions_type_known
    check (type in ('sale', 'refund', 'void', 'capture', 'dispute', 'adjustment')),
  status text not null constraint transactions_status_known
    check (status in ('pending', 'succeeded', 'failed', 'voided')),
  attempt_id uuid,
  parent_transaction_id uuid,
  invoice_id uuid,
  payment_intent_id uuid,
  subscription_id uuid,
  customer_id uuid,
  gateway_id uuid,
  amount_minor bigint not null,
  refunded_minor bigint not null default 0,
  currency text not null,
  gateway_reference text,
  response_code text,
  response_text text,
  payment_method_type text,
  card_brand text,
  card_last4 text,
  metadata jsonb not null default '{}',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (account_id, id)
);
create unique index transactions_one_per_attempt on transactions (account_id, attempt_id)
  where attempt_id is not null;
create index transactions_customer on transactions (account_id, customer_id, id);
create index transactions_invoice on transactions (account_id, invoice_id, id) where invoice_id is not null;
create index transactions_type_status on transactions (account_id, type, status, id);
create index transactions_created on transactions (account_id, created_at, id);

-- recovery ---------------------------------------------------------------------------------------

-- The open recovery slot of an unpaid invoice. One per invoice, exactly one terminal outcome.
create table recovery_cases (
  account_id uuid not null,
  id uuid not null,
  invoice_id uuid not null,
  subscription_id uuid not null,
  customer_id uuid not null,
  state text not null constraint recovery_cases_state_known
    check (state in ('open', 'recovered', 'exhausted', 'canceled')),
  amount_minor bigint not null,
  currency text not null,
  retries_made int not null default 0,
  next_attempt_at timestamptz,
  first_decline_code text,
  last_decline_code text,
  opened_at timestamptz not null,
  closed_at timestamptz,
  primary key (account_id, id),
  constraint recovery_cases_one_per_invoice unique (account_id, invoice_id)
);
create index recovery_cases_due on recovery_cases (account_id, next_attempt_at)
  where state = 'open' and next_attempt_at is not null;
create index recovery_cases_open on recovery_cases (account_id, subscription_id) where state = 'open';

-- ledger -----------------------------------------------------------------------------------------

-- Append-only: one row moves an amount from one ledger account to another.
create table ledger_transfers (
  account_id uuid not null,
  id uuid not null,
  at timestamptz not null,
  debit_account text not null,
  credit_account text not null,
  amount_minor bigint not null constraint ledger_transfers_amount_positive check (amount_minor > 0),
  currency text not null,
  customer_id uuid,
  invoice_id uuid,
  gateway_id uuid,
  source_kind text not null,
  source_id uuid not null,
  source_position int not null default 0,
  reversal_of uuid,
  primary key (account_id, id),
  constraint ledger_transfers_two_accounts check (debit_account <> credit_account),
  constraint ledger_transfers_one_per_source unique (account_id, source_id, source_kind, source_position)
);
create index ledger_transfers_customer on ledger_transfers (account_id, customer_id, id);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only: write a reversal instead', tg_table_name
    using errcode = 'restrict_violation';
end $$;

create trigger ledger_transfers_append_only before update or delete on ledger_transfers
  for each statement execute function refuse_change();

-- events and outbox ------------------------------------------------------------------------------

-- One event per fact: the object it happened to, its type and a number that tells repetitions apart
-- (cycle, attempt or version; 0 where the fact can be true only once).
create table events (
  account_id uuid not null,
  id uuid not null,
  type text not null,
  object_kind text not null,
  object_id uuid not null,
  fact_number bigint not null default 0,
  customer_id uuid,
  subscription_id uuid,
  invoice_id uuid,
  data json not null,
  previous_attributes json,
  request_id text,
  idempotency_key text,
  occurred_at timestamptz not null,
  primary key (account_id, id),
  constraint events_one_per_fact unique (account_id, object_id, type, fact_number)
);
create index events_type on events (account_id, type, id);
create index events_customer on events (account_id, customer_id, id) where customer_id is not null;
create index events_occurred on events (account_id, occurred_at, id);

create trigger events_append_only before update or delete on events
  for each statement execute function refuse_change();

-- Effects outside the database that a worker still has to perform.
create table outbox (
  account_id uuid not null,
  id uuid not null,
  kind text not null constraint outbox_kind_known check (kind in ('mail')),
  dedupe_key text not null,
  payload jsonb not null,
  state text not null default 'waiting' constraint outbox_state_known
    check (state in ('waiting', 'done', 'kept', 'failed')),
  attempts int not null default 0,
  next_attempt_at timestamptz,
  last_error text,
  created_at timestamptz not null,
  done_at timestamptz,
  primary key (account_id, id),
  constraint outbox_one_per_effect unique (account_id, kind, dedupe_key)
);
create index outbox_waiting on outbox (account_id, next_attempt_at) where state = 'waiting';
