-- Outside billing systems whose failed payments are recovered: how we reach each, what it has told, and which of its
-- invoices a recovery is for.

set lock_timeout = '5s';

create table recovery_connectors (
  account_id uuid not null,
  id uuid not null,
  version int not null default 1,
  client_id uuid not null,
  platform text not null constraint recovery_connectors_platform_known check (platform in (
    'chargebee', 'recurly', 'stripe-billing', 'braintree', 'zuora', 'shopify-recharge')),
  is_enabled boolean not null default true,
  -- Texts by name, sealed and bound to the row.
  credentials_sealed text not null,
  credentials_hint jsonb not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (account_id, id),
  constraint recovery_connectors_client_exists foreign key (account_id, client_id)
    references recovery_clients (account_id, id)
);
create unique index recovery_connectors_one_per_platform on recovery_connectors (account_id, client_id, platform);

-- What a platform sent and we believed, once for each name that it gave it. Tries go by real time.
create table connector_events (
  account_id uuid not null,
  connector_id uuid not null,
  event_id text not null,
  body text not null,
  state text not null constraint connector_events_state_known check (state in ('waiting', 'done', 'parked')),
  -- What came of it, or why not, in words.
  result text,
  tries int not null default 0,
  next_try_at timestamptz,
  received_at timestamptz not null,
  done_at timestamptz,
  primary key (account_id, connector_id, event_id),
  constraint connector_events_connector_exists foreign key (account_id, connector_id)
    references recovery_connectors (account_id, id) on delete cascade,
  constraint connector_events_waits_until check ((state = 'waiting') = (next_try_at is not null))
) with (fillfactor = 80);
create index connector_events_waiting on connector_events (account_id, next_try_at) where state = 'waiting';
create index connector_events_parked on connector_events (account_id, connector_id, received_at) where state = 'parked';
create index connector_events_recent on connector_events (account_id, connector_id, received_at);

-- The bill behind a recovery, where it lives. A charge that we made ourselves is written back to it until it is taken.
create table connected_invoices (
  account_id uuid not null,
  recovery_id uuid not null,
  connector_id uuid not null,
  invoice_id text not null,
  customer_id text,
  subscription_id text,
  -- `here`: charged at the client's gateway, and the payment recorded on the bill; `there`: the platform charges.
  collects text not null constraint connected_invoices_collects_known check (collects in ('here', 'there')),
  -- `none`: nothing to write, because the platform took the money itself or there is none.
  write_back text not null default 'none' constraint connected_invoices_write_back_known check (write_back in (
    'none', 'waiting', 'done', 'dead')),
  tries int not null default 0,
  next_try_at timestamptz,
  last_error text,
  written_at timestamptz,
  primary key (account_id, recovery_id),
  constraint connected_invoices_recovery_exists foreign key (account_id, recovery_id)
    references outside_recoveries (account_id, id),
  constraint connected_invoices_waits_until check ((write_back = 'waiting') = (next_try_at is not null))
) with (fillfactor = 80);
create index connected_invoices_of on connected_invoices (account_id, connector_id, invoice_id);
create index connected_invoices_customer on connected_invoices (account_id, connector_id, customer_id)
  where customer_id is not null;
create index connected_invoices_subscription on connected_invoices (account_id, connector_id, subscription_id)
  where subscription_id is not null;
create index connected_invoices_dead on connected_invoices (account_id, connector_id) where write_back = 'dead';
create index connected_invoices_waiting on connected_invoices (account_id, next_try_at) where write_back = 'waiting';

-- When its client is to be told that the card expires; null = not again, or its end is not known.
alter table outside_cards add column notice_at timestamptz;
-- squawk-ignore require-concurrent-index-creation
create index outside_cards_notice on outside_cards (account_id, notice_at) where notice_at is not null;

-- Null: handed over by its client, not by a platform.
alter table outside_recoveries add column connector_id uuid;
alter table outside_attempts add column connector_id uuid;

alter table outside_recoveries drop constraint outside_recoveries_state_known;
-- squawk-ignore constraint-missing-not-valid
alter table outside_recoveries add constraint outside_recoveries_state_known check (state in (
  'attempting', 'scheduled', 'awaiting_card', 'succeeded', 'failed', 'blocked', 'canceled'));
alter table outside_recoveries drop constraint outside_recoveries_closed_when_ended;
-- squawk-ignore constraint-missing-not-valid
alter table outside_recoveries add constraint outside_recoveries_closed_when_ended
  check ((state in ('succeeded', 'failed', 'blocked', 'canceled')) = (closed_at is not null));


do $$
declare
  owned text;
begin
  foreach owned in array array['recovery_connectors', 'connector_events', 'connected_invoices']
  loop
    execute format('grant select, insert, update, delete on %I to perennial_api', owned);
    execute format('alter table %I enable row level security', owned);
    execute format(
      'create policy own_account on %I to perennial_api
         using (account_id = current_setting(''perennial.account_id'')::uuid)
         with check (account_id = current_setting(''perennial.account_id'')::uuid)', owned);
  end loop;
end $$;
