-- Money that goes back: refunds and voids of payments, credit notes of invoices, and what customers hold as credit.
-- Business time is the account's; `sent_at` and `lease_until` are real time, because gateways live on it.

-- what was given back ----------------------------------------------------------------------------

-- refunded_minor counts every refund that has not failed, under way or done: what is left may be given back.
-- The tables are small when this is applied.
alter table transactions
  -- Numbers the refunds of one sale.
  add column refund_count int not null default 0,
  add constraint transactions_refunded_within_amount
    check (refunded_minor between 0 and amount_minor) not valid;
-- squawk-ignore constraint-missing-not-valid
alter table transactions validate constraint transactions_refunded_within_amount;

-- refunded_minor: as above, over all payments of the invoice. credited_minor: given back by credit notes without a
-- refund. credit_applied_minor: the part of paid_minor that came from the customer's credit.
alter table invoices
  add column refunded_minor bigint not null default 0,
  add column credited_minor bigint not null default 0,
  add column credit_applied_minor bigint not null default 0,
  add constraint invoices_given_back_not_negative
    check (refunded_minor >= 0 and credited_minor >= 0 and credit_applied_minor between 0 and paid_minor) not valid;
-- squawk-ignore constraint-missing-not-valid
alter table invoices validate constraint invoices_given_back_not_negative;

alter table renewals
  drop constraint renewals_status_known,
  add constraint renewals_status_known check (status in
    ('processing', 'paid', 'overdue', 'partially_paid', 'void', 'partially_refunded', 'refunded')) not valid;
-- squawk-ignore constraint-missing-not-valid
alter table renewals validate constraint renewals_status_known;

-- A charge that a caller named by a key of its own is made once.
alter table payment_intents add column charge_key text;
-- squawk-ignore require-concurrent-index-creation
create unique index payment_intents_charge_key_unique on payment_intents (account_id, charge_key)
  where charge_key is not null;
-- squawk-ignore require-concurrent-index-creation
create index payment_intents_held on payment_intents (account_id, id) where amount_capturable_minor > 0;

-- Lists of payments that were refunded, or that came without a card.
-- squawk-ignore require-concurrent-index-creation
create index transactions_refunded on transactions (account_id, id) where refunded_minor > 0;
-- squawk-ignore require-concurrent-index-creation
create index transactions_not_by_card on transactions (account_id, payment_method_type, id)
  where type = 'sale' and payment_method_type <> 'card';

-- refunds ----------------------------------------------------------------------------------------

-- One row is one request to a gateway to give money back; its id is the idempotency key there. It is committed as
-- `processing` before the gateway is called. `pending`: not asked for yet, but due at send_at. `processing` without
-- check_at: asked for, and the answer is outstanding; with it: the gateway is at work, and is asked again then.
create table refunds (
  account_id uuid not null references accounts (id),
  id uuid not null,
  version int not null default 1,
  transaction_id uuid not null,
  number int not null,
  status text not null constraint refunds_status_known
    check (status in ('pending', 'processing', 'succeeded', 'failed', 'canceled')),
  mode text not null constraint refunds_mode_known check (mode in ('at_once', 'delayed')),
  reason text constraint refunds_reason_known check (reason in ('customer_request', 'duplicate',
    'fraudulent', 'product_not_received', 'product_unacceptable', 'subscription_canceled', 'other')),
  reason_details text,
  amount_minor bigint not null constraint refunds_amount_positive check (amount_minor > 0),
  charged_minor bigint not null,
  currency text not null,
  customer_id uuid not null,
  invoice_id uuid,
  payment_intent_id uuid,
  subscription_id uuid,
  credit_note_id uuid,
  gateway_id uuid,
  charge_reference text,
  gateway_reference text,
  failure_code text,
  failure_message text,
  sends int not null default 0,
  send_at timestamptz,
  check_at timestamptz,
  sent_at timestamptz,
  lease_until timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  processed_at timestamptz,
  primary key (account_id, id),
  constraint refunds_numbered unique (account_id, transaction_id, number),
  constraint refunds_within_charge check (amount_minor <= charged_minor),
  constraint refunds_pending_is_due check ((status = 'pending') = (send_at is not null)),
  constraint refunds_sent_to_a_gateway check (sends = 0 or gateway_id is not null and charge_reference is not null)
);
create index refunds_transaction on refunds (account_id, transaction_id, id);
create index refunds_status on refunds (account_id, status, id);
create index refunds_gateway on refunds (account_id, gateway_id, id);
create index refunds_reason on refunds (account_id, reason, id);
create index refunds_created on refunds (account_id, created_at, id);
create index refunds_customer on refunds (account_id, customer_id, id);
create index refunds_invoice on refunds (account_id, invoice_id, id) where invoice_id is not null;
create index refunds_credit_note on refunds (account_id, credit_note_id, id) where credit_note_id is not null;
create index refunds_due on refunds (account_id, send_at) where status = 'pending';
create index refunds_unanswered on refunds (account_id, lease_until)
  where status = 'processing' and check_at is null;
create index refunds_at_work on refunds (account_id, check_at)
  where status = 'processing' and check_at is not null;

-- voids ------------------------------------------------------------------------------------------

-- Calls a payment off before it settles, whole. Repeating one at the gateway changes nothing.
create table voids (
  account_id uuid not null references accounts (id),
  id uuid not null,
  version int not null default 1,
  transaction_id uuid not null,
  status text not null constraint voids_status_known
    check (status in ('pending', 'processing', 'succeeded', 'failed')),
  reason text,
  reason_code text constraint voids_reason_code_known
    check (reason_code in ('customer_request', 'duplicate', 'fraudulent', 'error', 'other')),
  amount_minor bigint not null constraint voids_amount_positive check (amount_minor > 0),
  currency text not null,
  customer_id uuid not null,
  invoice_id uuid,
  payment_intent_id uuid,
  subscription_id uuid,
  gateway_id uuid not null,
  charge_reference text not null,
  failure_code text,
  failure_message text,
  lease_until timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  voided_at timestamptz,
  primary key (account_id, id)
);
create unique index voids_one_per_transaction on voids (account_id, transaction_id)
  where status in ('pending', 'processing', 'succeeded');
create index voids_transaction on voids (account_id, transaction_id, id);
create index voids_status on voids (account_id, status, id);
create index voids_gateway on voids (account_id, gateway_id, id);
create index voids_created on voids (account_id, created_at, id);
create index voids_unanswered on voids (account_id, lease_until) where status = 'processing';

-- credit notes -----------------------------------------------------------------------------------

-- Gap-free numbers, as invoice_counters gives them.
create table credit_note_counters (
  account_id uuid primary key references accounts (id),
  next_number bigint not null default 1
);

create table credit_notes (
  account_id uuid not null references accounts (id),
  id uuid not null,
  version int not null default 1,
  number text,
  invoice_id uuid not null,
  customer_id uuid not null,
  status text not null constraint credit_notes_status_known
    check (status in ('draft', 'pending', 'issued', 'applied', 'void')),
  credit_method text not null constraint credit_notes_method_known
    check (credit_method in ('refund_to_payment_method', 'customer_balance', 'external')),
  amount_minor bigint not null constraint credit_notes_amount_positive check (amount_minor > 0),
  tax_amount_minor bigint,
  currency text not null,
  reason text,
  reason_code text constraint credit_notes_reason_code_known check (reason_code in (
    'customer_request', 'duplicate_charge', 'service_issue', 'billing_error', 'subscription_cancellation',
    'proration', 'other')),
  is_prorated boolean not null default false,
  proration_days_total int,
  proration_days_unused int,
  idempotency_key text,
  metadata jsonb not null default '{}',
  issued_at timestamptz,
  voided_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (account_id, id),
  constraint credit_notes_number_unique unique (account_id, number),
  constraint credit_notes_key_unique unique (account_id, idempotency_key),
  constraint credit_notes_tax_within_amount
    check (tax_amount_minor is null or tax_amount_minor between 0 and amount_minor),
  constraint credit_notes_numbered_when_issued
    check (status in ('draft', 'pending', 'void') or number is not null)
);
create index credit_notes_invoice on credit_notes (account_id, invoice_id, id);
create index credit_notes_customer on credit_notes (account_id, customer_id, id);
create index credit_notes_status on credit_notes (account_id, status, id);
create index credit_notes_method on credit_notes (account_id, credit_method, id);
create index credit_notes_created on credit_notes (account_id, created_at, id);

create table credit_note_lines (
  account_id uuid not null,
  id uuid not null,
  credit_note_id uuid not null,
  position int not null,
  invoice_line_id uuid,
  description text not null,
  quantity bigint not null,
  unit_amount_minor bigint not null,
  total_amount_minor bigint not null,
  metadata jsonb,
  created_at timestamptz not null,
  primary key (account_id, id),
  constraint credit_note_lines_note_exists foreign key (account_id, credit_note_id)
    references credit_notes (account_id, id)
);
create index credit_note_lines_note on credit_note_lines (account_id, credit_note_id, id);

-- What the ledger's customer_credit owes each customer. Never below nothing: a credit is spent once.
create table customer_balances (
  account_id uuid not null references accounts (id),
  customer_id uuid not null,
  currency text not null,
  balance_minor bigint not null constraint customer_balances_not_negative check (balance_minor >= 0),
  updated_at timestamptz not null,
  primary key (account_id, customer_id, currency)
);

-- row level security -----------------------------------------------------------------------------

do $$
declare
  owned text;
begin
  foreach owned in array array['refunds', 'voids', 'credit_note_counters', 'credit_notes',
    'credit_note_lines', 'customer_balances']
  loop
    execute format('grant select, insert, update, delete on %I to perennial_api', owned);
    execute format('alter table %I enable row level security', owned);
    execute format(
      'create policy own_account on %I to perennial_api
         using (account_id = current_setting(''perennial.account_id'')::uuid)
         with check (account_id = current_setting(''perennial.account_id'')::uuid)', owned);
  end loop;
end $$;
