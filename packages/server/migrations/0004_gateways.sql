-- A merchant's own accounts at gateways: sealed credentials, what the gateway costs, how much it may be used.
-- Whether a gateway is charged for real follows from the account: a sandbox has test credentials.

-- The kinds are those of the vendor registry: a new adapter needs no migration.
-- The table has a handful of rows for each account: validating it is a matter of milliseconds.
alter table gateways
  drop constraint gateways_kind_known,
  add constraint gateways_kind_known check (kind ~ '^[a-z]{2,30}$') not valid;
-- squawk-ignore constraint-missing-not-valid
alter table gateways validate constraint gateways_kind_known;

alter table gateways
  add column description text,
  -- In a sandbox, a server that stands for the gateway.
  add column base_url text,
  -- JSON, sealed for this row's id; the hint is what may be shown of each field.
  add column credentials_sealed text,
  add column credentials_hint jsonb not null default '{}',
  add column credentials_version int not null default 1,
  -- Until then, real time, webhooks that were signed with the credentials before are believed.
  add column previous_credentials_sealed text,
  add column previous_credentials_until timestamptz,
  add column merchant_account_id text,
  -- Parts per million of an approved charge: 29000 = 2.9 %.
  add column discount_rate_ppm int not null default 0,
  add column flat_fee_approved_minor bigint not null default 0,
  add column flat_fee_declined_minor bigint not null default 0,
  add column acquirer_bins jsonb not null default '[]',
  -- For reports only: nothing is refused because of it.
  add column monthly_cap_minor bigint,
  add column custom_descriptor jsonb,
  add column cascade_rules jsonb not null default '[]',
  add column smart_bin_enabled boolean not null default false,
  add column version int not null default 1,
  -- Null = never changed.
  add column updated_at timestamptz,
  add column archived_at timestamptz;

alter table gateways
  add constraint gateways_credentials_present
    check (kind = 'simulated' or credentials_sealed is not null) not valid,
  add constraint gateways_rotation_whole
    check ((previous_credentials_sealed is null) = (previous_credentials_until is null)) not valid,
  add constraint gateways_costs_sane check
    (discount_rate_ppm between 0 and 1000000 and flat_fee_approved_minor >= 0 and flat_fee_declined_minor >= 0
     and (monthly_cap_minor is null or monthly_cap_minor > 0)) not valid,
  add constraint gateways_archived_is_disabled check (archived_at is null or not is_enabled) not valid;
-- squawk-ignore constraint-missing-not-valid
alter table gateways validate constraint gateways_credentials_present;
-- squawk-ignore constraint-missing-not-valid
alter table gateways validate constraint gateways_rotation_whole;
-- squawk-ignore constraint-missing-not-valid
alter table gateways validate constraint gateways_costs_sane;
-- squawk-ignore constraint-missing-not-valid
alter table gateways validate constraint gateways_archived_is_disabled;

-- An account has a handful of gateways and the table is small when this is applied.
-- squawk-ignore require-concurrent-index-creation
create unique index gateways_name_unique on gateways (account_id, lower(name)) where archived_at is null;
-- Which methods a gateway could charge, asked before it is archived.
-- squawk-ignore require-concurrent-index-creation
create index payment_method_tokens_gateway on payment_method_tokens (account_id, gateway_id, payment_method_id);

-- Real time at which an attempt was sent again; null = once, right after its id was made. What a gateway does not know
-- so soon after may still be on its way there.
alter table payment_attempts add column last_sent_at timestamptz;
