-- What charges of handed-over payments have taught, and how far they have been learned from: as recovery_evidence and
-- recovery_learning keep it of an account's own.

set lock_timeout = '5s';

create table outside_evidence (
  account_id uuid not null references accounts (id),
  segment text not null,
  body jsonb not null,
  attempts bigint not null,
  seen_at timestamptz not null,
  primary key (account_id, segment)
);

create table outside_learning (
  account_id uuid not null references accounts (id),
  version bigint not null default 0,
  learned_to uuid not null,
  -- Charges up to there whose outcome was not known yet.
  waiting jsonb not null default '[]',
  gateways jsonb not null default '[]',
  attempts bigint not null default 0,
  learned_at timestamptz not null,
  primary key (account_id)
);

do $$
declare owned text;
begin
  foreach owned in array array['outside_evidence', 'outside_learning']
  loop
    execute format('grant select, insert, update, delete on %I to perennial_api', owned);
    execute format('alter table %I enable row level security', owned);
    execute format(
      'create policy own_account on %I to perennial_api
         using (account_id = current_setting(''perennial.account_id'')::uuid)
         with check (account_id = current_setting(''perennial.account_id'')::uuid)', owned);
  end loop;
end $$;
