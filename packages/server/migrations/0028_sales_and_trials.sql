-- Sales of several lines: one sale is one invoice that is charged once, and each line that sells a subscription begins
-- one when the money is there.

set lock_timeout = '5s';

-- What is charged at the end of a trial, and at renewals; null = the product's own amount.
alter table products add column trial_amount_minor bigint;
alter table products add column renewal_amount_minor bigint;
-- When the shipping of a line that is sold with a trial is charged.
alter table products add column trial_shipping text not null default 'at_expiration';
-- squawk-ignore constraint-missing-not-valid
alter table products add constraint products_later_amounts_fit
  check (trial_amount_minor >= 0 and renewal_amount_minor >= 0
         and trial_shipping in ('at_sale', 'at_expiration', 'both'));

-- The campaign that a subscription was sold in.
alter table subscriptions add column campaign text;
-- Only those that name one: the others write no more than before.
-- squawk-ignore require-concurrent-index-creation
create index subscriptions_campaign on subscriptions (account_id, campaign, id) where campaign is not null;

-- Trials, and what began with one: a trial's end never moves once it is over.
-- squawk-ignore require-concurrent-index-creation
create index subscriptions_trials on subscriptions (account_id, id) where trial_end is not null;

create table sales (
  account_id uuid not null references accounts (id),
  id uuid not null,
  version int not null default 1,
  customer_id uuid not null,
  invoice_id uuid not null,
  status text not null constraint sales_status_known
    check (status in ('pending', 'paid', 'partially_paid', 'declined', 'voided')),
  currency text not null,
  campaign text,
  shop text,
  -- What was named for it and for its subscriptions; null = the customer's default.
  payment_method_id uuid,
  -- Routes its charges; null = the account's.
  payment_profile_id uuid,
  bill_to jsonb,
  ship_to jsonb,
  metadata jsonb not null default '{}',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  -- When its money came, whole or in part: since then its subscriptions run.
  begun_at timestamptz,
  voided_at timestamptz,
  primary key (account_id, id),
  constraint sales_one_per_invoice unique (account_id, invoice_id),
  constraint sales_voided_at_known check ((status = 'voided') = (voided_at is not null)),
  constraint sales_begun_when_paid check (status not in ('paid', 'partially_paid') or begun_at is not null)
);
create index sales_created on sales (account_id, created_at, id);
create index sales_customer on sales (account_id, customer_id, created_at, id);
create index sales_status on sales (account_id, status, created_at, id);
create index sales_campaign on sales (account_id, campaign, status, created_at, id) where campaign is not null;

create table sale_lines (
  account_id uuid not null,
  sale_id uuid not null,
  position int not null,
  kind text not null constraint sale_lines_kind_known check (kind in ('product', 'shipping', 'tax', 'discount')),
  -- Of the invoice's lines; null for tax, which is none, and for what is charged later.
  invoice_line_id uuid,
  -- Shipping of one product line.
  of_position int,
  product_id uuid,
  price_id uuid,
  description text not null,
  quantity bigint not null,
  unit_amount_minor bigint,
  -- What it asks for in the sale; a discount takes this much off.
  amount_minor bigint not null,
  -- Follows this profile, and begins on these terms; null = it sells no subscription.
  profile_id uuid,
  begins jsonb,
  subscription_id uuid,
  details jsonb not null default '{}',
  primary key (account_id, sale_id, position),
  constraint sale_lines_sale_exists foreign key (account_id, sale_id) references sales (account_id, id),
  constraint sale_lines_amounts_fit check (amount_minor >= 0 and quantity >= 1),
  constraint sale_lines_subscription_begun check (subscription_id is null or begins is not null)
);
create unique index sale_lines_one_per_subscription on sale_lines (account_id, subscription_id)
  where subscription_id is not null;

do $$
declare
  owned text;
begin
  foreach owned in array array['sales', 'sale_lines']
  loop
    execute format('grant select, insert, update, delete on %I to perennial_api', owned);
    execute format('alter table %I enable row level security', owned);
    execute format(
      'create policy own_account on %I to perennial_api
         using (account_id = current_setting(''perennial.account_id'')::uuid)
         with check (account_id = current_setting(''perennial.account_id'')::uuid)', owned);
  end loop;
end $$;
