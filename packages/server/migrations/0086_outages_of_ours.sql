-- A gateway that refuses nearly everybody is taken for an outage of ours. It is remembered, so that it can be told, and so that
-- retries that it has wasted are none of a case's: nor are its days, which are counted from later then.

set lock_timeout = '5s';

create table recovery_outages (
  account_id uuid not null references accounts (id),
  id uuid not null,
  -- Which charges showed it: the account's own, or those of what other billers have handed over.
  source text not null constraint recovery_outages_source_known check (source in ('own', 'handed_over')),
  gateway_id uuid not null,
  currency text not null,
  -- When the first of its charges was refused, and when there were enough of them to tell.
  since_at timestamptz not null,
  suspected_at timestamptz not null,
  ended_at timestamptz,
  tried bigint not null,
  approved bigint not null,
  primary key (account_id, id),
  constraint recovery_outages_one_each unique (account_id, since_at, gateway_id, currency, source)
);

grant select, insert, update, delete on recovery_outages to perennial_api;
alter table recovery_outages enable row level security;
create policy own_account on recovery_outages to perennial_api
  using (account_id = current_setting('perennial.account_id')::uuid)
  with check (account_id = current_setting('perennial.account_id')::uuid);

-- Null = as of when it was opened.
alter table recovery_cases add column counts_from timestamptz;
-- Retries up to here that fell into an outage have been taken off.
alter table recovery_cases add column excused_to timestamptz;
