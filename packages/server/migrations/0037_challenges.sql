-- Challenges at gateways that want what the customer brings back: whoever is sent to their bank comes back by our page.

set lock_timeout = '5s';

create table challenges (
  account_id uuid not null references accounts (id),
  -- The key that the charge was sent under.
  id uuid not null,
  gateway_id uuid not null,
  subject text not null constraint challenges_subject_known check (subject in (
    'payment_intent', 'setup_intent', 'recovery')),
  -- The attempt, or the setup intent, that waits for it.
  subject_id uuid not null,
  -- Where the customer goes on afterwards; null = nobody said.
  return_url text,
  -- What a browser posts to the bank's page; null = the page is a link.
  form jsonb,
  -- What the customer came back with; null = they did not, or with nothing that the gateway knows.
  brought jsonb,
  -- Given up before anything was brought: nothing is handed in any more.
  closed_at timestamptz,
  created_at timestamptz not null,
  primary key (account_id, id),
  constraint challenges_one_end check (brought is null or closed_at is null)
);

grant select, insert, update, delete on challenges to perennial_api;
alter table challenges enable row level security;
create policy own_account on challenges to perennial_api
  using (account_id = current_setting('perennial.account_id')::uuid)
  with check (account_id = current_setting('perennial.account_id')::uuid);
