-- Billing plans that stack, subscriptions that are charged by their own methods in turn and recycled, and what the
-- Revolv3-compatible API needs to speak of them: numbers in place of ids, and webhooks.

-- Of a plan that takes off a percentage; the amounts of others stand in unit_amount_minor.
alter table subscription_items add column rate_bps int;
-- squawk-ignore constraint-missing-not-valid
alter table subscription_items add constraint subscription_items_rate_in_range
  check (rate_bps between 0 and 10000);

-- What a bill bears that is charged to the method.
alter table subscription_payment_methods add column tax_minor bigint not null default 0;
-- squawk-ignore constraint-missing-not-valid
alter table subscription_payment_methods add constraint subscription_payment_methods_tax_not_negative
  check (tax_minor >= 0);

-- A row makes a subscription one that is recycled: its methods are tried in turn, and an unpaid bill once a day.
create table recycling_terms (
  account_id uuid not null references accounts (id),
  subscription_id uuid not null,
  kind text not null constraint recycling_terms_kind_known check (kind in ('subscription', 'installment')),
  -- The merchant's own name for it.
  reference text,
  cancel_mode text not null constraint recycling_terms_cancel_mode_known
    check (cancel_mode in ('immediately', 'period_end')),
  recycles_start boolean not null,
  initial_bill_at timestamptz not null,
  tax_address jsonb,
  created_at timestamptz not null,
  primary key (account_id, subscription_id),
  constraint recycling_terms_subscription_exists foreign key (account_id, subscription_id)
    references subscriptions (account_id, id)
);
create index recycling_terms_reference on recycling_terms (account_id, reference, subscription_id)
  where reference is not null;

-- Objects by a number, for faces that know no other ids; given out when an object is first told.
create table object_numbers (
  account_id uuid not null references accounts (id),
  number int not null constraint object_numbers_in_range check (number between 1 and 1000000000),
  kind text not null,
  id uuid not null,
  primary key (account_id, number),
  constraint object_numbers_one_per_object unique (account_id, id)
);
create table object_number_counters (
  account_id uuid not null references accounts (id),
  next_number int not null,
  primary key (account_id)
);

-- What a customer of that API is known by: names and addresses of it are kept as they were given. The customer's own
-- e-mail is unique in an account, this one need not be.
create table revolv3_customers (
  account_id uuid not null references accounts (id),
  customer_id uuid not null,
  reference text,
  first_name text,
  last_name text,
  email text,
  billing_addresses jsonb not null,
  shipping_addresses jsonb not null,
  primary key (account_id, customer_id),
  constraint revolv3_customers_customer_exists foreign key (account_id, customer_id)
    references customers (account_id, id)
);
create index revolv3_customers_reference on revolv3_customers (account_id, reference, customer_id);
create index revolv3_customers_last_name on revolv3_customers (account_id, lower(last_name), customer_id);
create index revolv3_customers_first_name on revolv3_customers (account_id, lower(first_name), customer_id);

-- Finds bills by date without a write for each bill: they are stored in the order in which they are made.
-- squawk-ignore require-concurrent-index-creation
create index invoices_created on invoices using brin (account_id, created_at);

-- Events that the receiver of an account's Revolv3 webhooks is to be told of, until they are put into its words.
create table revolv3_news (
  account_id uuid not null references accounts (id),
  event_id uuid not null,
  primary key (account_id, event_id)
);

create table revolv3_deliveries (
  account_id uuid not null references accounts (id),
  id uuid not null,
  event_id uuid not null,
  event_type text not null,
  -- Deliveries about one object are made one after the other.
  object_id uuid not null,
  body text not null,
  state text not null constraint revolv3_deliveries_state_known check (state in ('waiting', 'done', 'dead')),
  tries int not null default 0,
  first_try_at timestamptz,
  next_try_at timestamptz,
  last_status int,
  last_error text,
  created_at timestamptz not null,
  done_at timestamptz,
  primary key (account_id, id),
  constraint revolv3_deliveries_one_per_fact unique (account_id, event_id, event_type, object_id),
  constraint revolv3_deliveries_waits_until check ((state = 'waiting') = (next_try_at is not null))
) with (fillfactor = 80);
create index revolv3_deliveries_due on revolv3_deliveries (account_id, next_try_at) where state = 'waiting';
create index revolv3_deliveries_in_order on revolv3_deliveries (account_id, object_id, id) where state = 'waiting';

do $$
declare
  owned text;
begin
  foreach owned in array array['recycling_terms', 'object_numbers', 'object_number_counters', 'revolv3_customers',
    'revolv3_news', 'revolv3_deliveries']
  loop
    execute format('grant select, insert, update, delete on %I to perennial_api', owned);
    execute format('alter table %I enable row level security', owned);
    execute format(
      'create policy own_account on %I to perennial_api
         using (account_id = current_setting(''perennial.account_id'')::uuid)
         with check (account_id = current_setting(''perennial.account_id'')::uuid)', owned);
  end loop;
end $$;
