-- Which gateway a charge goes to: groups, payment profiles, BIN profiles, what was decided and why, and what routing
-- remembers of gateways and cards. Real charges are counted by hour of the account's time.

create table gateway_groups (
  account_id uuid not null references accounts (id),
  id uuid not null,
  version int not null default 1,
  name text not null,
  description text,
  is_enabled boolean not null default true,
  choice text not null constraint gateway_groups_choice_known
    check (choice in ('sort_order', 'round_robin', 'even_distribution')),
  -- In order. What they name is checked when the group is saved, and gateways are never deleted.
  gateway_ids jsonb not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (account_id, id)
);
create unique index gateway_groups_name_unique on gateway_groups (account_id, lower(name));

create table bin_profiles (
  account_id uuid not null references accounts (id),
  id uuid not null,
  version int not null default 1,
  name text not null,
  description text,
  -- Lines as they were given: first six, first eight, or a range of either.
  bins jsonb not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (account_id, id)
);
create unique index bin_profiles_name_unique on bin_profiles (account_id, lower(name));

-- The definition is the one of the current version; those before are kept beside it.
create table payment_profiles (
  account_id uuid not null references accounts (id),
  id uuid not null,
  version int not null default 1,
  name text not null,
  description text,
  is_enabled boolean not null default true,
  definition jsonb not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (account_id, id)
);
create unique index payment_profiles_name_unique on payment_profiles (account_id, lower(name));

create table payment_profile_versions (
  account_id uuid not null references accounts (id),
  payment_profile_id uuid not null,
  version int not null,
  definition jsonb not null,
  created_at timestamptz not null,
  primary key (account_id, payment_profile_id, version),
  constraint payment_profile_versions_profile_exists foreign key (account_id, payment_profile_id)
    references payment_profiles (account_id, id) on delete cascade
);

-- What a subscription says about its own charges; without a row nothing. A row of its own, because the renewal run
-- writes subscriptions by the thousand and these seldom change.
create table subscription_routing (
  account_id uuid not null references accounts (id),
  subscription_id uuid not null,
  forced_gateway_id uuid,
  preferred_gateway_id uuid,
  payment_profile_id uuid,
  updated_at timestamptz not null,
  primary key (account_id, subscription_id),
  constraint subscription_routing_subscription_exists foreign key (account_id, subscription_id)
    references subscriptions (account_id, id),
  constraint subscription_routing_forced_exists foreign key (account_id, forced_gateway_id)
    references gateways (account_id, id),
  constraint subscription_routing_preferred_exists foreign key (account_id, preferred_gateway_id)
    references gateways (account_id, id),
  constraint subscription_routing_profile_exists foreign key (account_id, payment_profile_id)
    references payment_profiles (account_id, id)
);
create index subscription_routing_forced on subscription_routing (account_id, forced_gateway_id)
  where forced_gateway_id is not null;
create index subscription_routing_preferred on subscription_routing (account_id, preferred_gateway_id)
  where preferred_gateway_id is not null;
create index subscription_routing_profile on subscription_routing (account_id, payment_profile_id)
  where payment_profile_id is not null;

-- Written once. A charge has the id of its attempt; a stop without a charge has an id of its own. Written by the
-- thousand, so it has no foreign keys: `bin/perennial verify` checks them.
create table routing_decisions (
  account_id uuid not null,
  id uuid not null,
  -- What is charged: one of the two.
  invoice_id uuid,
  payment_intent_id uuid,
  kind text not null constraint routing_decisions_kind_known check (kind in ('charge', 'stop')),
  -- Why it stopped; null for a charge.
  stop_code text,
  gateway_id uuid,
  payment_profile_id uuid,
  payment_profile_version int,
  -- How far the route has come: what its next step is decided from.
  state jsonb not null,
  reasons jsonb not null,
  created_at timestamptz not null,
  primary key (account_id, id),
  constraint routing_decisions_of_one check (num_nonnulls(invoice_id, payment_intent_id) = 1),
  constraint routing_decisions_charge_has_gateway
    check ((kind = 'charge') = (gateway_id is not null) and (kind = 'stop') = (stop_code is not null))
);
create index routing_decisions_invoice on routing_decisions (account_id, invoice_id, id)
  where invoice_id is not null;
create index routing_decisions_intent on routing_decisions (account_id, payment_intent_id, id)
  where payment_intent_id is not null;

-- What came of charges, by gateway and hour. The slot spreads workers that settle at the same moment over several rows.
create table gateway_usage (
  account_id uuid not null,
  gateway_id uuid not null,
  hour_at timestamptz not null,
  currency text not null,
  slot int not null,
  captured_minor bigint not null default 0,
  approved int not null default 0,
  declined int not null default 0,
  chargebacks int not null default 0,
  primary key (account_id, gateway_id, hour_at, currency, slot),
  constraint gateway_usage_not_negative
    check (captured_minor >= 0 and approved >= 0 and declined >= 0 and chargebacks >= 0)
) with (fillfactor = 50);

-- Approvals by the card's first six digits, for learned routing.
create table bin_results (
  account_id uuid not null,
  bin text not null,
  gateway_id uuid not null,
  day_on date not null,
  approved int not null default 0,
  attempts int not null default 0,
  primary key (account_id, bin, gateway_id, day_on),
  constraint bin_results_approved_within_attempts check (approved between 0 and attempts)
) with (fillfactor = 70);

-- Who took the last turn of a round robin: a group's, or a node's of a flow (`profile/node`).
create table routing_turns (
  account_id uuid not null references accounts (id),
  turn_of text not null,
  gateway_id uuid not null,
  primary key (account_id, turn_of)
);

-- The first six to eight digits, where the gateway tells them: not enough to charge, enough to route.
alter table payment_methods add column card_bin text;

do $$
declare
  owned text;
begin
  foreach owned in array array['gateway_groups', 'bin_profiles', 'payment_profiles', 'payment_profile_versions',
    'subscription_routing', 'routing_decisions', 'gateway_usage', 'bin_results', 'routing_turns']
  loop
    execute format('grant select, insert, update, delete on %I to perennial_api', owned);
    execute format('alter table %I enable row level security', owned);
    execute format(
      'create policy own_account on %I to perennial_api
         using (account_id = current_setting(''perennial.account_id'')::uuid)
         with check (account_id = current_setting(''perennial.account_id'')::uuid)', owned);
  end loop;
end $$;
