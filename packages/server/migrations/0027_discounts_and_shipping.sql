-- What a bill carries besides its items: discounts, shipping, tax; and what is shipped once it is paid.

set lock_timeout = '5s';

-- A code is never used again, that of an archived discount neither (spec/revcent.md 12).
create table discounts (
  account_id uuid not null references accounts (id),
  id uuid not null,
  version int not null default 1,
  code text not null,
  name text not null,
  description text,
  discount_type text not null constraint discounts_type_known check (discount_type in ('percentage', 'fixed_amount')),
  -- Hundredths of a percent, or minor units.
  value bigint not null constraint discounts_value_positive check (value > 0),
  applies_to text not null constraint discounts_applies_to_known check (applies_to in ('all', 'specific_products')),
  scope text constraint discounts_scope_known
    check (scope in ('entire_order', 'specific_products', 'subscription_only', 'one_time_only')),
  product_ids jsonb,
  max_redemptions int,
  -- 0 = no limit.
  max_redemptions_per_user int not null default 0,
  valid_from timestamptz,
  valid_until timestamptz,
  recurring_type text constraint discounts_recurring_type_known
    check (recurring_type in ('once', 'forever', 'repeating')),
  recurring_cycles int,
  first_time_customer boolean not null default false,
  status text not null default 'active' constraint discounts_status_known
    check (status in ('active', 'inactive', 'archived')),
  -- Bills that it reduces and that are not paid yet, and those that are: both count towards the limit.
  uses_reserved int not null default 0,
  redemptions int not null default 0,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (account_id, id),
  constraint discounts_code_unique unique (account_id, code)
);
create index discounts_listed on discounts (account_id, status, id);

-- How many bills of a subscription a discount has reduced; without a row none.
create table subscription_discounts (
  account_id uuid not null,
  subscription_id uuid not null,
  discount_id uuid not null,
  uses_made int not null,
  primary key (account_id, subscription_id, discount_id),
  constraint subscription_discounts_discount_exists foreign key (account_id, discount_id)
    references discounts (account_id, id)
);

-- A discount that has reduced a bill: reserved until the bill is paid, released when nobody is to pay it any more.
create table discount_redemptions (
  account_id uuid not null,
  id uuid not null,
  discount_id uuid not null,
  customer_id uuid not null,
  subscription_id uuid,
  invoice_id uuid not null,
  amount_minor bigint not null constraint discount_redemptions_amount_positive check (amount_minor > 0),
  currency text not null,
  status text not null constraint discount_redemptions_status_known check (status in ('reserved', 'counted', 'released')),
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (account_id, id),
  constraint discount_redemptions_one_per_invoice unique (account_id, invoice_id, discount_id),
  constraint discount_redemptions_discount_exists foreign key (account_id, discount_id)
    references discounts (account_id, id)
);
create index discount_redemptions_customer on discount_redemptions (account_id, discount_id, customer_id)
  where status <> 'released';

create table tax_rates (
  account_id uuid not null references accounts (id),
  id uuid not null,
  version int not null default 1,
  display_name text not null,
  description text,
  jurisdiction text,
  -- Parts per million: 8.875 % is 88,750.
  rate_ppm int not null constraint tax_rates_rate_known check (rate_ppm between 0 and 1000000),
  is_inclusive boolean not null,
  tax_type text not null constraint tax_rates_type_known check (tax_type in ('vat', 'sales_tax', 'gst', 'other')),
  country text,
  state text,
  status text not null default 'active' constraint tax_rates_status_known
    check (status in ('active', 'inactive', 'archived')),
  metadata jsonb not null default '{}',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (account_id, id)
);
create index tax_rates_listed on tax_rates (account_id, status, id);

create table shipping_profiles (
  account_id uuid not null references accounts (id),
  id uuid not null,
  version int not null default 1,
  name text not null,
  description text,
  status text not null default 'active' constraint shipping_profiles_status_known
    check (status in ('active', 'inactive', 'archived')),
  currency text not null,
  -- In order, each with what it costs, who ships and when it qualifies.
  rates jsonb not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (account_id, id)
);
create unique index shipping_profiles_name_unique on shipping_profiles (account_id, lower(name))
  where status <> 'archived';
create index shipping_profiles_listed on shipping_profiles (account_id, status, id);

create table shipments (
  account_id uuid not null,
  id uuid not null,
  version int not null default 1,
  customer_id uuid not null,
  subscription_id uuid,
  invoice_id uuid not null,
  status text not null constraint shipments_status_known check (status in ('pending', 'shipped', 'delivered', 'canceled')),
  provider text,
  provider_method text,
  shipping_profile_id uuid,
  amount_minor bigint not null,
  currency text not null,
  ship_to jsonb,
  tracking_number text,
  shipped_at timestamptz,
  delivered_at timestamptz,
  canceled_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (account_id, id),
  constraint shipments_one_per_invoice unique (account_id, invoice_id)
);
create index shipments_status on shipments (account_id, status, id);
create index shipments_subscription on shipments (account_id, subscription_id, id);

-- Lines besides items. Tax that is in the prices is told and not added up.
alter table invoice_lines
  add column kind text not null default 'item' constraint invoice_lines_kind_known
    check (kind in ('item', 'discount', 'shipping', 'tax', 'tax_included')),
  -- The discount, tax rate or shipping profile.
  add column source_id uuid,
  -- Who ships, and how.
  add column detail jsonb;

-- The discounts and tax rates that its bills bear, in order; null where there are none. Renewals never write it.
alter table subscriptions add column extras jsonb;

-- What shipping rates may be for.
alter table products add column product_group text;

do $$
declare
  owned text;
begin
  foreach owned in array array['discounts', 'subscription_discounts', 'discount_redemptions', 'tax_rates', 'shipping_profiles',
    'shipments']
  loop
    execute format('grant select, insert, update, delete on %I to perennial_api', owned);
    execute format('alter table %I enable row level security', owned);
    execute format(
      'create policy own_account on %I to perennial_api
         using (account_id = current_setting(''perennial.account_id'')::uuid)
         with check (account_id = current_setting(''perennial.account_id'')::uuid)', owned);
  end loop;
end $$;
