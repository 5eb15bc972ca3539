-- What gateways tell unasked, disputes with their evidence, and the daily comparison of our books with the
-- gateways' own lists. Business time is the account's; `next_try_at` of notices is real time, because the
-- other side does not live on a test clock.

-- money that goes back ---------------------------------------------------------------------------

-- How often money that had paid an invoice went back: tells the payments of one invoice apart.
alter table invoices add column reopen_count int not null default 0;

-- A gateway names a charge by its own reference; one sale is returned once.
-- Written before anybody runs this in earnest: the tables are small when it is applied.
-- squawk-ignore require-concurrent-index-creation
create index transactions_gateway_reference on transactions (account_id, gateway_id, gateway_reference)
  where type = 'sale' and gateway_id is not null;
-- squawk-ignore require-concurrent-index-creation
create unique index transactions_one_return_per_sale on transactions (account_id, parent_transaction_id)
  where type = 'adjustment';
-- squawk-ignore require-concurrent-index-creation
create index transactions_parent on transactions (account_id, parent_transaction_id, id)
  where parent_transaction_id is not null;

-- What a chargeback does to the subscription; null = what the account's setting says.
alter table subscriptions add column on_dispute text
  constraint subscriptions_on_dispute_known check (on_dispute in ('none', 'pause', 'cancel'));

-- notices ----------------------------------------------------------------------------------------

-- As received, once for each name that the gateway gives a notice. A notice is a hint: what it changes is
-- decided again on the state as it is. `parked` waits for a person.
create table gateway_notices (
  account_id uuid not null references accounts (id),
  id uuid not null,
  gateway_id uuid not null,
  notice_id text not null,
  kind text not null constraint gateway_notices_kind_known
    check (kind in ('charge', 'refund', 'dispute', 'method', 'return', 'other')),
  source text not null constraint gateway_notices_source_known check (source in ('webhook', 'pull')),
  payload jsonb not null,
  told_at timestamptz not null,
  received_at timestamptz not null,
  state text not null default 'waiting' constraint gateway_notices_state_known
    check (state in ('waiting', 'applied', 'ignored', 'parked')),
  tries int not null default 0,
  next_try_at timestamptz,
  reason text,
  applied_at timestamptz,
  primary key (account_id, id),
  constraint gateway_notices_once unique (account_id, gateway_id, notice_id),
  constraint gateway_notices_waiting_is_due check ((state = 'waiting') = (next_try_at is not null))
);
create index gateway_notices_waiting on gateway_notices (account_id, next_try_at)
  where state = 'waiting';
create index gateway_notices_state on gateway_notices (account_id, state, id);
create index gateway_notices_kind on gateway_notices (account_id, kind, id);

-- How far each gateway has been read. `notices_due_at`: the account's time at which it has something to tell to
-- whoever asks; only gateways that live on the account's time are asked.
create table gateway_cursors (
  account_id uuid not null references accounts (id),
  gateway_id uuid not null,
  notices_cursor text,
  notices_due_at timestamptz,
  movements_until timestamptz,
  reconcile_at timestamptz,
  primary key (account_id, gateway_id)
);
create index gateway_cursors_due on gateway_cursors (account_id, notices_due_at)
  where notices_due_at is not null;

-- disputes ---------------------------------------------------------------------------------------

-- transaction_id is the movement that took the money; null while none was taken (an early warning).
-- next_due_at: the account's time at which an answer that nobody gave is too late.
create table disputes (
  account_id uuid not null references accounts (id),
  id uuid not null,
  version int not null default 1,
  gateway_id uuid not null,
  gateway_reference text not null,
  charge_reference text not null,
  payment_id uuid not null,
  transaction_id uuid,
  customer_id uuid not null,
  invoice_id uuid,
  subscription_id uuid,
  status text not null constraint disputes_status_known check (status in (
    'warning_needs_response', 'warning_closed', 'needs_response', 'under_review', 'won', 'lost')),
  resolution text constraint disputes_resolution_known check (resolution in ('won', 'lost', 'withdrawn')),
  is_inferred boolean not null default false,
  reason text not null,
  network_reason_code text,
  network_reason_description text,
  amount_minor bigint not null constraint disputes_amount_positive check (amount_minor > 0),
  currency text not null,
  fee_minor bigint not null default 0 constraint disputes_fee_not_negative check (fee_minor >= 0),
  method_type text,
  card_brand text,
  card_last4 text,
  evidence_due_at timestamptz,
  evidence_submitted_at timestamptz,
  facts jsonb not null default '{}',
  next_due_at timestamptz,
  told_at timestamptz not null,
  disputed_at timestamptz not null,
  resolved_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (account_id, id),
  constraint disputes_one_per_reference unique (account_id, gateway_id, gateway_reference),
  constraint disputes_resolved_when_closed
    check ((resolution is not null) = (status in ('won', 'lost'))),
  constraint disputes_customer_exists
    foreign key (account_id, customer_id) references customers (account_id, id)
);
create index disputes_charge on disputes (account_id, gateway_id, charge_reference);
create index disputes_payment on disputes (account_id, payment_id, id);
create index disputes_status on disputes (account_id, status, disputed_at, id);
create index disputes_gateway on disputes (account_id, gateway_id, disputed_at, id);
create index disputes_resolution on disputes (account_id, resolution, disputed_at, id)
  where resolution is not null;
create index disputes_disputed on disputes (account_id, disputed_at, id);
create index disputes_due on disputes (account_id, next_due_at) where next_due_at is not null;

-- What a merchant answers: text, or a file of at most 5 MB.
create table dispute_evidence (
  account_id uuid not null,
  id uuid not null,
  dispute_id uuid not null,
  kind text not null constraint dispute_evidence_kind_known check (kind in ('text', 'file')),
  name text not null,
  content_type text not null,
  size_bytes int not null,
  body bytea not null constraint dispute_evidence_size check (length(body) <= 5242880),
  created_at timestamptz not null,
  submitted_at timestamptz,
  primary key (account_id, id),
  constraint dispute_evidence_dispute_exists foreign key (account_id, dispute_id)
    references disputes (account_id, id)
);
create index dispute_evidence_dispute on dispute_evidence (account_id, dispute_id, id);

-- reconciliation ---------------------------------------------------------------------------------

create table reconciliation_runs (
  account_id uuid not null references accounts (id),
  id uuid not null,
  gateway_id uuid not null,
  from_at timestamptz not null,
  until_at timestamptz not null,
  state text not null default 'running' constraint reconciliation_runs_state_known
    check (state in ('running', 'finished', 'failed')),
  movements int not null default 0,
  matched int not null default 0,
  opened int not null default 0,
  resolved int not null default 0,
  error text,
  started_at timestamptz not null,
  finished_at timestamptz,
  primary key (account_id, id)
);
create index reconciliation_runs_gateway on reconciliation_runs (account_id, gateway_id, id);

-- Lines of the gateways' own lists. `matched_id`: the transaction, refund, dispute or payout of ours that the
-- line is about; null while nothing of ours fits. A line is booked in the transaction that stores it.
create table gateway_movements (
  account_id uuid not null references accounts (id),
  id uuid not null,
  gateway_id uuid not null,
  reference text not null,
  kind text not null constraint gateway_movements_kind_known
    check (kind in ('charge', 'refund', 'dispute', 'dispute_reversal', 'fee', 'payout', 'adjustment')),
  charge_reference text,
  idempotency_key uuid,
  amount_minor bigint not null,
  fee_minor bigint not null constraint gateway_movements_fee_not_negative check (fee_minor >= 0),
  currency text not null,
  moved_at timestamptz not null,
  payout_reference text,
  matched_kind text constraint gateway_movements_matched_kind_known
    check (matched_kind in ('transaction', 'refund', 'dispute', 'payout')),
  matched_id uuid,
  run_id uuid not null,
  created_at timestamptz not null,
  primary key (account_id, id),
  constraint gateway_movements_once unique (account_id, gateway_id, reference),
  constraint gateway_movements_matched_whole check ((matched_kind is null) = (matched_id is null))
);
create index gateway_movements_moved on gateway_movements (account_id, gateway_id, moved_at, id);
create index gateway_movements_unmatched on gateway_movements (account_id, gateway_id, moved_at)
  where matched_id is null and kind in ('charge', 'refund', 'dispute', 'dispute_reversal');
create index gateway_movements_matched on gateway_movements (account_id, matched_id, kind)
  where matched_id is not null;
create index gateway_movements_payout on gateway_movements (account_id, gateway_id, payout_reference)
  where payout_reference is not null;

create table reconciliation_differences (
  account_id uuid not null references accounts (id),
  id uuid not null,
  gateway_id uuid not null,
  run_id uuid not null,
  kind text not null constraint reconciliation_differences_kind_known
    check (kind in ('missing_here', 'missing_there', 'amount_differs', 'state_differs', 'currency_differs')),
  -- The line of the gateway's list, or the transaction of ours that it has no line for.
  subject_kind text not null constraint reconciliation_differences_subject_known
    check (subject_kind in ('movement', 'transaction')),
  subject_id uuid not null,
  reference text,
  transaction_id uuid,
  ours_minor bigint,
  theirs_minor bigint,
  currency text not null,
  state text not null default 'open' constraint reconciliation_differences_state_known
    check (state in ('open', 'resolved')),
  found_at timestamptz not null,
  resolved_at timestamptz,
  resolved_how text constraint reconciliation_differences_how_known
    check (resolved_how in ('matched', 'note')),
  note text,
  primary key (account_id, id),
  constraint reconciliation_differences_resolved_whole
    check ((state = 'resolved') = (resolved_at is not null))
);
create unique index reconciliation_differences_once
  on reconciliation_differences (account_id, subject_id, kind);
create index reconciliation_differences_state
  on reconciliation_differences (account_id, state, id);

create table payouts (
  account_id uuid not null references accounts (id),
  id uuid not null,
  gateway_id uuid not null,
  reference text not null,
  status text not null default 'paid' constraint payouts_status_known
    check (status in ('pending', 'in_transit', 'paid', 'failed', 'canceled')),
  currency text not null,
  gross_minor bigint not null default 0,
  fees_minor bigint not null default 0,
  net_minor bigint not null,
  charges_count int not null default 0,
  refunds_count int not null default 0,
  chargebacks_count int not null default 0,
  arrived_at timestamptz not null,
  created_at timestamptz not null,
  primary key (account_id, id),
  constraint payouts_one_per_reference unique (account_id, gateway_id, reference)
);
create index payouts_created on payouts (account_id, created_at, id);
create index payouts_status on payouts (account_id, status, created_at, id);
create index payouts_gateway on payouts (account_id, gateway_id, created_at, id);

-- row level security -----------------------------------------------------------------------------

do $$
declare
  owned text;
begin
  foreach owned in array array['gateway_notices', 'gateway_cursors', 'disputes', 'dispute_evidence',
    'reconciliation_runs', 'gateway_movements', 'reconciliation_differences', 'payouts']
  loop
    execute format('grant select, insert, update, delete on %I to perennial_api', owned);
    execute format('alter table %I enable row level security', owned);
    execute format(
      'create policy own_account on %I to perennial_api
         using (account_id = current_setting(''perennial.account_id'')::uuid)
         with check (account_id = current_setting(''perennial.account_id'')::uuid)', owned);
  end loop;
end $$;
