-- How customers come to be chargeable: setup intents, an order of their methods, and Bacs mandates with their collections.

-- Verifies a method without charging it. `verification_id` is the idempotency key of the call at the gateway, committed
-- before it is made; what is `processing` is looked up once `lease_until` (real time) has passed.
create table setup_intents (
  account_id uuid not null references accounts (id),
  id uuid not null,
  version int not null default 1,
  customer_id uuid,
  payment_method_id uuid,
  payment_method_types jsonb not null,
  usage text not null constraint setup_intents_usage_known check (usage in ('on_session', 'off_session')),
  status text not null constraint setup_intents_status_known check (status in (
    'requires_payment_method', 'requires_confirmation', 'requires_action', 'processing', 'succeeded', 'canceled')),
  description text,
  client_secret text not null,
  last_error jsonb,
  next_action jsonb,
  cancellation_reason text,
  verification_id uuid,
  gateway_id uuid,
  gateway_reference text,
  -- What the gateway was asked to hold; zero where it verifies without holding anything.
  held_minor bigint,
  lease_until timestamptz,
  confirmed_at timestamptz,
  canceled_at timestamptz,
  metadata jsonb not null default '{}',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (account_id, id),
  constraint setup_intents_customer_exists foreign key (account_id, customer_id)
    references customers (account_id, id),
  constraint setup_intents_verification_whole check (
    status not in ('processing', 'requires_action')
    or (verification_id is not null and gateway_id is not null and payment_method_id is not null)),
  constraint setup_intents_held_not_negative check (held_minor >= 0)
);
create index setup_intents_customer on setup_intents (account_id, customer_id, id);
create index setup_intents_status on setup_intents (account_id, status, id);
create index setup_intents_unsettled on setup_intents (account_id, lease_until)
  where status = 'processing';

-- One invitation to sign a mandate. Only a hash of its public token is kept; the token itself names the account.
create table mandate_requests (
  account_id uuid not null references accounts (id),
  id uuid not null,
  token_hash text not null,
  customer_id uuid not null,
  invoice_id uuid,
  status text not null constraint mandate_requests_status_known check (status in (
    'draft', 'pending_signature', 'consumed', 'expired', 'cancelled', 'failed')),
  expires_at timestamptz not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (account_id, id),
  constraint mandate_requests_customer_exists foreign key (account_id, customer_id)
    references customers (account_id, id),
  constraint mandate_requests_token_unique unique (account_id, token_hash)
);

-- A payer's permission to debit an account. Sort code and account number are sealed; what is readable is masked.
create table mandates (
  account_id uuid not null references accounts (id),
  id uuid not null,
  version int not null default 1,
  mandate_ref text not null,
  -- The bureau's name for it, from the moment that it took the instruction.
  mandate_reference text,
  customer_id uuid not null,
  payment_method_id uuid not null,
  gateway_id uuid not null,
  status text not null constraint mandates_status_known check (status in (
    'pending_lodgement', 'active', 'suspended', 'cancelled', 'failed')),
  account_holder_name text not null,
  bank_sealed text not null,
  sort_code_last2 text not null constraint mandates_sort_code_masked check (length(sort_code_last2) = 2),
  account_number_last4 text not null constraint mandates_account_masked check (length(account_number_last4) = 4),
  bank_name text,
  statement_name text,
  notice_days int not null constraint mandates_notice_days_positive check (notice_days > 0),
  backup_payment_method_id uuid,
  acceptance jsonb not null,
  failure_reason text,
  mandate_request_id uuid,
  invoice_id uuid,
  -- Account time at which the bureau is asked what became of the instruction; null unless it is pending.
  check_at timestamptz,
  activated_at timestamptz,
  suspended_at timestamptz,
  cancelled_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (account_id, id),
  constraint mandates_ref_unique unique (account_id, mandate_ref),
  constraint mandates_customer_exists foreign key (account_id, customer_id)
    references customers (account_id, id),
  constraint mandates_method_exists foreign key (account_id, payment_method_id)
    references payment_methods (account_id, id),
  constraint mandates_pending_is_checked check ((status = 'pending_lodgement') = (check_at is not null))
);
create index mandates_customer on mandates (account_id, customer_id, id);
create index mandates_status on mandates (account_id, status, id);
create index mandates_method on mandates (account_id, payment_method_id);
create index mandates_check on mandates (account_id, check_at) where check_at is not null;
create unique index mandates_one_live_a_customer on mandates (account_id, customer_id)
  where status in ('pending_lodgement', 'active', 'suspended');

-- One debit under a mandate, with the dates that Bacs gives it. Its money moves by an attempt on the invoice.
create table mandate_collections (
  account_id uuid not null references accounts (id),
  id uuid not null,
  mandate_id uuid not null,
  invoice_id uuid not null,
  source_type text not null constraint mandate_collections_source_known
    check (source_type in ('invoice', 'payment_link')),
  source_id uuid not null,
  amount_minor bigint not null constraint mandate_collections_amount_positive check (amount_minor > 0),
  currency text not null constraint mandate_collections_gbp check (currency = 'GBP'),
  status text not null constraint mandate_collections_status_known check (status in (
    'scheduled', 'notified', 'submitted', 'succeeded', 'failed', 'cancelled')),
  notice_on date not null,
  submission_on date not null,
  collection_on date not null,
  settlement_on date not null,
  -- Account time of the next step; null once it is over.
  due_at timestamptz,
  attempt_id uuid,
  failure_code text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (account_id, id),
  constraint mandate_collections_mandate_exists foreign key (account_id, mandate_id)
    references mandates (account_id, id),
  constraint mandate_collections_dates_in_order
    check (notice_on <= submission_on and submission_on < collection_on and collection_on <= settlement_on)
);
create index mandate_collections_mandate on mandate_collections (account_id, mandate_id, id);
create index mandate_collections_invoice on mandate_collections (account_id, invoice_id);
create index mandate_collections_due on mandate_collections (account_id, due_at) where due_at is not null;
create unique index mandate_collections_one_live_a_source
  on mandate_collections (account_id, source_type, source_id)
  where status not in ('failed', 'cancelled');

-- The order in which a customer's methods are tried after the default; without a row, the newest first.
alter table payment_methods add column priority int;
-- A card in a phone or a browser is still a card.
alter table payment_methods add column wallet text;

do $$
declare
  owned text;
begin
  foreach owned in array array['setup_intents', 'mandate_requests', 'mandates', 'mandate_collections']
  loop
    execute format('grant select, insert, update, delete on %I to perennial_api', owned);
    execute format('alter table %I enable row level security', owned);
    execute format(
      'create policy own_account on %I to perennial_api
         using (account_id = current_setting(''perennial.account_id'')::uuid)
         with check (account_id = current_setting(''perennial.account_id'')::uuid)', owned);
  end loop;
end $$;
