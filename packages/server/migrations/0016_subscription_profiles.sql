-- Subscription profiles: what decides the dates and limits of the renewals of many subscriptions. A subscription carries
-- the terms of its profile, so that renewing reads nothing else; a change of the profile writes them to all that follow
-- it in one statement.

alter table subscription_profiles add column version int not null default 1;
alter table subscription_profiles add column retries_failed boolean not null default true;
alter table subscription_profiles add column archived_at timestamptz;
-- Nothing has written this table before, so all of this is done at once.
alter table subscription_profiles drop constraint subscription_profiles_name_unique;
-- squawk-ignore require-concurrent-index-creation
create unique index subscription_profiles_name_unique on subscription_profiles (account_id, lower(name))
  where archived_at is null;
-- A custom profile belongs to one subscription, and a subscription has one at most.
-- squawk-ignore require-concurrent-index-creation
create unique index subscription_profiles_one_custom on subscription_profiles (account_id, subscription_id)
  where subscription_id is not null and archived_at is null;
-- squawk-ignore require-concurrent-index-creation
create index subscription_profiles_payment_profile on subscription_profiles (account_id, payment_profile_id)
  where payment_profile_id is not null;
-- squawk-ignore adding-foreign-key-constraint, constraint-missing-not-valid
alter table subscription_profiles add constraint subscription_profiles_payment_profile_exists
  foreign key (account_id, payment_profile_id) references payment_profiles (account_id, id);
-- squawk-ignore constraint-missing-not-valid
alter table subscription_profiles add constraint subscription_profiles_numbers_fit
  check ((occurrences is null or occurrences >= 1) and overdue_limit >= 0);

-- The row above is the current version; each is kept as it was saved.
create table subscription_profile_versions (
  account_id uuid not null references accounts (id),
  subscription_profile_id uuid not null,
  version int not null,
  definition jsonb not null,
  -- How many subscriptions it was written to.
  reached int not null default 0,
  created_at timestamptz not null,
  primary key (account_id, subscription_profile_id, version),
  constraint subscription_profile_versions_profile_exists foreign key (account_id, subscription_profile_id)
    references subscription_profiles (account_id, id) on delete cascade
);

-- What is attached to a profile is sold by it. Products have had the column from the start.
alter table prices add column profile_id uuid;
-- squawk-ignore adding-foreign-key-constraint, constraint-missing-not-valid
alter table products add constraint products_profile_exists
  foreign key (account_id, profile_id) references subscription_profiles (account_id, id);
-- squawk-ignore adding-foreign-key-constraint, constraint-missing-not-valid
alter table prices add constraint prices_profile_exists
  foreign key (account_id, profile_id) references subscription_profiles (account_id, id);
-- squawk-ignore require-concurrent-index-creation
create index products_profile on products (account_id, profile_id, id) where profile_id is not null;
-- squawk-ignore require-concurrent-index-creation
create index prices_profile on prices (account_id, profile_id, id) where profile_id is not null;

-- The terms of the profile, and bills that are no renewals: the first one, or the one at the end of a trial.
alter table subscriptions add column occurrences_max int;
alter table subscriptions add column bills_before int not null default 1;
alter table subscriptions add column overdue_limit int not null default 0;
alter table subscriptions add column retries_failed boolean not null default true;
-- Where its goods go; null = the customer's address.
alter table subscriptions add column ship_to jsonb;
-- The one whose place it took when a product was replaced, and the one that took its place.
alter table subscriptions add column replaces_id uuid;
alter table subscriptions add column replaced_by_id uuid;
-- Only those with a profile: the others write no more than before.
-- squawk-ignore require-concurrent-index-creation
create index subscriptions_profile on subscriptions (account_id, profile_id, id) where profile_id is not null;

do $$
declare
  owned text;
begin
  foreach owned in array array['subscription_profile_versions']
  loop
    execute format('grant select, insert, update, delete on %I to perennial_api', owned);
    execute format('alter table %I enable row level security', owned);
    execute format(
      'create policy own_account on %I to perennial_api
         using (account_id = current_setting(''perennial.account_id'')::uuid)
         with check (account_id = current_setting(''perennial.account_id'')::uuid)', owned);
  end loop;
end $$;
