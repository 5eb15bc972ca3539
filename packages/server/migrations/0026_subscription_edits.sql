-- Bulk edits: one review of many subscriptions, with what each would become, and what came of it once it was confirmed.

create table subscription_edits (
  account_id uuid not null references accounts (id),
  id uuid not null,
  status text not null constraint subscription_edits_status_known
    check (status in ('draft', 'running', 'paused', 'done', 'canceled')),
  -- What it takes back.
  undoes_id uuid,
  filters jsonb not null,
  segment_by text not null,
  -- Each with its value, its actions and what the review counted in it.
  segments jsonb not null,
  rows_max int,
  -- Of everything that the review shows: whoever confirms names it.
  review_digest text not null,
  -- What amounts come to before and after, by currency.
  totals jsonb not null,
  loaded int not null,
  planned int not null,
  changed int not null default 0,
  unchanged int not null,
  skipped int not null,
  failed int not null default 0,
  request_id text,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  confirmed_at timestamptz,
  finished_at timestamptz,
  updated_at timestamptz not null,
  primary key (account_id, id),
  constraint subscription_edits_undoes_exists foreign key (account_id, undoes_id)
    references subscription_edits (account_id, id),
  constraint subscription_edits_counts_add_up
    check (planned + changed + unchanged + skipped + failed = loaded and planned >= 0)
);
-- Few at any time: what the worker looks for.
create index subscription_edits_running on subscription_edits (account_id, confirmed_at) where status = 'running';
-- Drafts that nobody confirmed are dropped some time after they have expired.
create index subscription_edits_expiring on subscription_edits (account_id, expires_at) where status = 'draft';
create index subscription_edits_undoes on subscription_edits (account_id, undoes_id) where undoes_id is not null;

-- `planned` rows wait for their turn; the others have their result. Written once and updated once, so without foreign keys
-- to the subscriptions: `bin/perennial verify` checks them.
create table subscription_edit_rows (
  account_id uuid not null,
  edit_id uuid not null,
  -- In the order of the next renewal, then of ids.
  position int not null,
  subscription_id uuid not null,
  segment int not null,
  result text not null constraint subscription_edit_rows_result_known
    check (result in ('planned', 'changed', 'unchanged', 'skipped', 'failed')),
  reason text,
  -- The subscription as it was reviewed; what changes it besides is in these as well, but for the notice of a trial's end.
  version int not null,
  notice_sent boolean not null,
  before jsonb not null,
  after jsonb,
  warnings jsonb not null,
  -- What it is to become, where that is its own and not its segment's.
  actions jsonb,
  -- What takes it back.
  undo jsonb,
  version_after int,
  primary key (account_id, edit_id, position),
  constraint subscription_edit_rows_edit_exists foreign key (account_id, edit_id)
    references subscription_edits (account_id, id) on delete cascade,
  constraint subscription_edit_rows_once unique (account_id, edit_id, subscription_id),
  constraint subscription_edit_rows_planned_to_change check (result <> 'planned' or after is not null)
);
create index subscription_edit_rows_result on subscription_edit_rows (account_id, edit_id, result, position);

do $$
declare
  owned text;
begin
  foreach owned in array array['subscription_edits', 'subscription_edit_rows']
  loop
    execute format('grant select, insert, update, delete on %I to perennial_api', owned);
    execute format('alter table %I enable row level security', owned);
    execute format(
      'create policy own_account on %I to perennial_api
         using (account_id = current_setting(''perennial.account_id'')::uuid)
         with check (account_id = current_setting(''perennial.account_id'')::uuid)', owned);
  end loop;
end $$;
