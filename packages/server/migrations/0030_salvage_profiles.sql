-- When and where what could not be collected is tried again by itself (spec/revcent.md 8.4).

set lock_timeout = '5s';

create table salvage_profiles (
  account_id uuid not null references accounts (id),
  id uuid not null,
  version int not null default 1,
  name text not null,
  description text,
  status text not null default 'active' constraint salvage_profiles_status_known
    check (status in ('active', 'inactive', 'archived')),
  -- What it is for: sale, subscription_renewal, trial.
  sources jsonb not null,
  -- In order of their days, each with gateway and share of what is owed.
  attempts jsonb not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (account_id, id)
);
create unique index salvage_profiles_name_unique on salvage_profiles (account_id, lower(name))
  where status <> 'archived';
create index salvage_profiles_listed on salvage_profiles (account_id, status, id);

-- Null leaves it to what the profile says of recovery.
alter table subscription_profiles add column salvage_profile_id uuid;

grant select, insert, update, delete on salvage_profiles to perennial_api;
alter table salvage_profiles enable row level security;
create policy own_account on salvage_profiles to perennial_api
  using (account_id = current_setting('perennial.account_id')::uuid)
  with check (account_id = current_setting('perennial.account_id')::uuid);
