-- A sale charges what it is given, bears discounts and tax rates, and can be said more of; so can a shipment and a dispute.

set lock_timeout = '5s';

-- Whether what was charged is the customer's default once money came: its subscriptions are charged by that then.
alter table sales add column makes_default boolean not null default false;
-- The discounts and tax rates that it bears and its subscriptions begin with, in order; null where there are none.
alter table sales add column extras jsonb;
-- The discount or tax rate behind a line that was not told by hand.
alter table sale_lines add column source jsonb;

alter table sale_lines add column metadata jsonb not null default '{}';
alter table shipments add column metadata jsonb not null default '{}';
alter table disputes add column metadata jsonb not null default '{}';

-- The card that a call of the RevCent-compatible API has kept: a repetition of the call goes on with it. Nobody asks for
-- one after a day, and each new one drops a few that are older.
create table revcent_cards (
  account_id uuid not null references accounts (id),
  -- Of the API key and the call's idempotency key.
  call_hash text not null,
  payment_method_id uuid not null,
  created_at timestamptz not null,
  primary key (account_id, call_hash)
);
create index revcent_cards_created on revcent_cards (account_id, created_at);

grant select, insert, update, delete on revcent_cards to perennial_api;
alter table revcent_cards enable row level security;
create policy own_account on revcent_cards to perennial_api
  using (account_id = current_setting('perennial.account_id')::uuid)
  with check (account_id = current_setting('perennial.account_id')::uuid);
