-- What customers hear, and lose, while a failed payment is open: campaigns, their runs, reminders of unpaid invoices,
-- notices of cards that end, and the texts of mails.

set lock_timeout = '5s';

-- Steps by day after the first failure, as they were checked when they were saved.
create table dunning_campaigns (
  account_id uuid not null references accounts (id),
  id uuid not null,
  version int not null default 1,
  name text not null,
  description text,
  steps jsonb not null,
  archived_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (account_id, id),
  constraint dunning_campaigns_name_unique unique (account_id, name)
);

-- Who a campaign is for: everybody (the account itself), whoever has a product, or one subscription.
create table dunning_assignments (
  account_id uuid not null,
  id uuid not null,
  campaign_id uuid not null,
  target text not null constraint dunning_assignments_target_known
    check (target in ('account', 'product', 'subscription')),
  target_id uuid not null,
  created_at timestamptz not null,
  primary key (account_id, id),
  constraint dunning_assignments_one_per_target unique (account_id, target, target_id),
  constraint dunning_assignments_campaign_exists foreign key (account_id, campaign_id)
    references dunning_campaigns (account_id, id)
);
create index dunning_assignments_campaign on dunning_assignments (account_id, campaign_id, id);

-- A campaign at work on one recovery case, by whose id it goes. `due_at`: its next step; null = none left.
create table dunning_runs (
  account_id uuid not null,
  id uuid not null,
  subscription_id uuid not null,
  customer_id uuid not null,
  invoice_id uuid not null,
  -- Null: the built-in campaign made of the account's settings.
  campaign_id uuid,
  -- The campaign as it was when the run began; null until then.
  steps jsonb,
  state text not null default 'open' constraint dunning_runs_state_known check (state in ('open', 'ended')),
  -- What its case came to.
  outcome text constraint dunning_runs_outcome_known
    check (outcome in ('recovered', 'exhausted', 'canceled')),
  steps_done int not null default 0,
  access text not null default 'full' constraint dunning_runs_access_known
    check (access in ('full', 'warning', 'restricted', 'suspended')),
  -- Failed retries of the case when a step was last taken: a mail about them needs a new one.
  retries_told int not null default 0,
  mails_sent int not null default 0,
  started_at timestamptz not null,
  due_at timestamptz,
  ended_at timestamptz,
  primary key (account_id, id),
  constraint dunning_runs_ended_rests
    check ((state = 'ended') = (ended_at is not null) and (state = 'open' or due_at is null))
) with (fillfactor = 80);
create index dunning_runs_due on dunning_runs (account_id, due_at) where due_at is not null;
create index dunning_runs_open on dunning_runs (account_id, subscription_id) where state = 'open';

-- Cases that are open now go on where they stand: only the latest of the mails that they missed is sent.
insert into dunning_runs (account_id, id, subscription_id, customer_id, invoice_id, started_at, due_at)
select account_id, id, subscription_id, customer_id, invoice_id, opened_at, opened_at
  from recovery_cases
 where state = 'open';

-- Sent invoices whose due date has passed, by the invoice's id.
create table invoice_reminders (
  account_id uuid not null,
  id uuid not null,
  customer_id uuid not null,
  reminders_sent int not null default 0,
  due_at timestamptz,
  created_at timestamptz not null,
  primary key (account_id, id)
) with (fillfactor = 80);
create index invoice_reminders_due on invoice_reminders (account_id, due_at) where due_at is not null;

-- Notices given of this card's end, whether or not one had to be sent. A new end date begins anew.
alter table payment_methods add column card_notices int not null default 0;
-- Written before anybody runs this in earnest: the table is small when it is applied.
-- squawk-ignore require-concurrent-index-creation
create index payment_methods_card_end
  on payment_methods (account_id, card_notices, card_exp_year, card_exp_month, id)
  where is_default and status = 'active' and card_exp_year is not null and card_notices < 2;

-- Texts of mails that a merchant has rewritten, one a name and language.
create table mail_templates (
  account_id uuid not null references accounts (id),
  id uuid not null,
  version int not null default 1,
  name text not null,
  language text not null,
  subject text not null,
  body_text text not null,
  body_html text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (account_id, id),
  constraint mail_templates_one_per_language unique (account_id, name, language)
);

do $$
declare
  owned text;
begin
  foreach owned in array array['dunning_campaigns', 'dunning_assignments', 'dunning_runs', 'invoice_reminders',
    'mail_templates']
  loop
    execute format('grant select, insert, update, delete on %I to perennial_api', owned);
    execute format('alter table %I enable row level security', owned);
    execute format(
      'create policy own_account on %I to perennial_api
         using (account_id = current_setting(''perennial.account_id'')::uuid)
         with check (account_id = current_setting(''perennial.account_id'')::uuid)', owned);
  end loop;
end $$;
