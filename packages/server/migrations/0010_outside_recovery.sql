-- Failed payments of other billers, won back for them: their clients, what they hand over, our tries, what we tell them
-- by webhook, what they tell us of payments that needed no help, and the links on which a payer replaces a card.

create table recovery_clients (
  account_id uuid not null references accounts (id),
  id uuid not null,
  version int not null default 1,
  -- Both are rows of api_keys; the publishable one opens the paywall alone.
  api_key_id uuid not null,
  publishable_key_id uuid not null,
  -- We sign with it, so it is sealed and not hashed; bound to the account.
  webhook_secret_sealed text not null,
  -- Null: what would be sent is kept.
  webhook_url text,
  dunning_enabled boolean not null default true,
  billing_cycle_day int constraint recovery_clients_cycle_day_of_a_month check (billing_cycle_day between 1 and 31),
  timezone text not null default 'UTC',
  card_update_domain text,
  brand_name text,
  brand_logo_url text,
  brand_primary_color text,
  -- A gateway of the account by its code; null = its first one.
  gateway text,
  retry_policy text not null default 'planner' constraint recovery_clients_policy_known
    check (retry_policy in ('planner', 'schedule')),
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (account_id, id),
  constraint recovery_clients_key_exists foreign key (account_id, api_key_id) references api_keys (account_id, id),
  constraint recovery_clients_publishable_exists foreign key (account_id, publishable_key_id)
    references api_keys (account_id, id)
);
create unique index recovery_clients_key on recovery_clients (account_id, api_key_id);
create unique index recovery_clients_publishable_key on recovery_clients (account_id, publishable_key_id);

-- The first client of every sandbox was kept in its settings until now.
insert into recovery_clients
  (account_id, id, api_key_id, publishable_key_id, webhook_secret_sealed, timezone, created_at, updated_at)
select a.id, (a.settings -> 'recovery' ->> 'clientId')::uuid, k.id, p.id, a.settings -> 'recovery' ->> 'webhookSecret',
       a.timezone, a.created_at, a.created_at
  from accounts a
  join api_keys k on k.account_id = a.id and k.name = 'Recovery' and k.scopes = '["recovery:*"]'
  join api_keys p on p.account_id = a.id and p.name = 'Recovery, publishable' and p.scopes = '[]'
 where a.settings -> 'recovery' ->> 'webhookSecret' is not null;
update accounts set settings = settings - 'recovery' where settings ? 'recovery';

create table outside_recoveries (
  account_id uuid not null,
  id uuid not null,
  client_id uuid not null,
  gateway_id uuid,
  state text not null constraint outside_recoveries_state_known check (state in (
    'attempting', 'scheduled', 'awaiting_card', 'succeeded', 'failed', 'blocked')),
  idempotency_key text,
  -- As it was handed over; `token` is the one to be tried next, which a fallback or a new card may have become.
  handed_token text not null,
  token text not null,
  fallback_tokens jsonb not null,
  amount_minor bigint not null constraint outside_recoveries_amount_positive check (amount_minor > 0),
  currency text not null,
  first_decline jsonb,
  last_decline jsonb,
  is_urgent boolean not null,
  is_simulated boolean not null,
  card_country text,
  card_bin text,
  method_type text,
  customer_email text,
  attempts_made int not null default 0,
  -- Of our own tries; until there is one, of the hand-over.
  last_attempt_at timestamptz not null,
  strategy text not null constraint outside_recoveries_strategy_known check (strategy in ('none', 'primary', 'fallback')),
  -- What made the latest try; null = the call itself.
  trigger text,
  next_attempt_at timestamptz,
  -- What the next try was chosen for, in words and numbers.
  plan jsonb,
  recommended_action text,
  reason text,
  gateway_reference text,
  opened_at timestamptz not null,
  closed_at timestamptz,
  primary key (account_id, id),
  constraint outside_recoveries_client_exists foreign key (account_id, client_id)
    references recovery_clients (account_id, id),
  constraint outside_recoveries_closed_when_ended
    check ((state in ('succeeded', 'failed', 'blocked')) = (closed_at is not null)),
  constraint outside_recoveries_waits_until
    check ((state in ('scheduled', 'awaiting_card')) = (next_attempt_at is not null))
) with (fillfactor = 80);
-- One recovery for one key, whatever arrives at the same moment; keys never expire.
create unique index outside_recoveries_one_per_key on outside_recoveries (account_id, client_id, idempotency_key)
  where idempotency_key is not null;
create index outside_recoveries_same_card on outside_recoveries (account_id, client_id, handed_token, opened_at);
create index outside_recoveries_open_token on outside_recoveries (account_id, client_id, token)
  where closed_at is null;
create index outside_recoveries_due on outside_recoveries (account_id, next_attempt_at)
  where next_attempt_at is not null;
create index outside_recoveries_customer on outside_recoveries (account_id, client_id, customer_email, id)
  where customer_email is not null;
create index outside_recoveries_opened on outside_recoveries (account_id, client_id, opened_at);

-- Committed as `sending` before the gateway is called; the id is the idempotency key there.
create table outside_attempts (
  account_id uuid not null,
  id uuid not null,
  recovery_id uuid not null,
  client_id uuid not null,
  gateway_id uuid not null,
  number int not null,
  token text not null,
  state text not null constraint outside_attempts_state_known
    check (state in ('sending', 'unknown', 'pending', 'succeeded', 'declined')),
  amount_minor bigint not null,
  currency text not null,
  gateway_reference text,
  decline jsonb,
  lease_until timestamptz,
  check_at timestamptz,
  created_at timestamptz not null,
  settled_at timestamptz,
  primary key (account_id, id),
  constraint outside_attempts_recovery_exists foreign key (account_id, recovery_id)
    references outside_recoveries (account_id, id)
) with (fillfactor = 80);
-- Never two charges of one recovery in flight, and never two that took the money.
create unique index outside_attempts_one_live on outside_attempts (account_id, recovery_id)
  where state in ('sending', 'unknown', 'pending');
create unique index outside_attempts_one_success on outside_attempts (account_id, recovery_id)
  where state = 'succeeded';
create unique index outside_attempts_number on outside_attempts (account_id, recovery_id, number);
create index outside_attempts_card on outside_attempts (account_id, client_id, token, created_at);
create index outside_attempts_unsettled on outside_attempts (account_id, lease_until)
  where state in ('sending', 'unknown');
create index outside_attempts_pending on outside_attempts (account_id, check_at) where state = 'pending';
create index outside_attempts_settled on outside_attempts (account_id, settled_at) where settled_at is not null;

-- What a token stands for, as its gateway tells it: the networks' rules differ.
create table outside_cards (
  account_id uuid not null,
  client_id uuid not null,
  token text not null,
  brand text,
  country text,
  last4 text,
  exp_month int,
  exp_year int,
  described_at timestamptz not null,
  primary key (account_id, client_id, token)
);

-- The exact bytes that are sent, so that they and their signature stay the same on every try. Tries go by real time.
create table recovery_deliveries (
  account_id uuid not null,
  id uuid not null,
  client_id uuid not null,
  recovery_id uuid,
  event text not null,
  body text not null,
  -- `kept`: the client had no webhook URL when it came about.
  state text not null constraint recovery_deliveries_state_known check (state in ('waiting', 'done', 'dead', 'kept')),
  tries int not null default 0,
  first_try_at timestamptz,
  next_try_at timestamptz,
  last_status int,
  last_error text,
  created_at timestamptz not null,
  done_at timestamptz,
  primary key (account_id, id),
  constraint recovery_deliveries_client_exists foreign key (account_id, client_id)
    references recovery_clients (account_id, id)
) with (fillfactor = 80);
create unique index recovery_deliveries_one_end on recovery_deliveries (account_id, recovery_id)
  where event in ('recovery.success', 'recovery.failed', 'recovery.blocked');
create index recovery_deliveries_waiting on recovery_deliveries (account_id, next_try_at) where state = 'waiting';

-- Payments that needed no help, as the client tells them: what recoveries are measured against.
create table organic_payments (
  account_id uuid not null,
  client_id uuid not null,
  transaction_id text not null,
  amount_minor bigint not null,
  currency text not null,
  created_at timestamptz not null,
  primary key (account_id, client_id, transaction_id)
);
create index organic_payments_month on organic_payments (account_id, client_id, created_at);

-- A payer opens one by its token, of which we keep the hash. It lives by real time: a browser has no other.
create table card_update_links (
  account_id uuid not null,
  id uuid not null,
  client_id uuid not null,
  recovery_id uuid,
  token_hash text not null,
  payment_token text not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  created_at timestamptz not null,
  primary key (account_id, id),
  constraint card_update_links_token_unique unique (token_hash)
);

do $$
declare
  owned text;
begin
  foreach owned in array array['recovery_clients', 'outside_recoveries', 'outside_attempts', 'outside_cards',
    'recovery_deliveries', 'organic_payments', 'card_update_links']
  loop
    execute format('grant select, insert, update, delete on %I to perennial_api', owned);
    execute format('alter table %I enable row level security', owned);
    execute format(
      'create policy own_account on %I to perennial_api
         using (account_id = current_setting(''perennial.account_id'')::uuid)
         with check (account_id = current_setting(''perennial.account_id'')::uuid)', owned);
  end loop;
end $$;
