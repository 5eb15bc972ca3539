-- How failed renewals are won back: who chooses the instants, what was decided and why, and what the planner has learned.

set lock_timeout = '5s';

-- A case opened before this keeps its next instant: nothing is waiting to be planned.
alter table recovery_cases
  -- What its product or subscription asked for when it was last planned; null = the account's policy.
  add column policy jsonb,
  add column waits_for text not null default 'try' constraint recovery_cases_wait_known
    check (waits_for in ('try', 'card', 'end', 'chance')),
  -- Chosen for the next try; null = as the subscription's charges are routed.
  add column gateway_id uuid,
  add column plan_at timestamptz,
  add column times_moved int not null default 0,
  add column retry_now_at timestamptz;

-- Written before anybody runs this in earnest: the table is small when it is applied.
-- squawk-ignore require-concurrent-index-creation
create index recovery_cases_to_plan on recovery_cases (account_id, plan_at)
  where state = 'open' and plan_at is not null;
-- squawk-ignore require-concurrent-index-creation
create index recovery_cases_retry_now on recovery_cases (account_id, retry_now_at)
  where state = 'open' and retry_now_at is not null;
-- squawk-ignore require-concurrent-index-creation
create index recovery_cases_state on recovery_cases (account_id, state, id);
-- squawk-ignore require-concurrent-index-creation
create index recovery_cases_customer on recovery_cases (account_id, customer_id, id);
-- squawk-ignore require-concurrent-index-creation
create index recovery_cases_subscription on recovery_cases (account_id, subscription_id, id);

-- What a product says about the recoveries of its subscriptions; null = the account's choice.
alter table products add column recovery jsonb;

-- What a subscription says about its own; without a row nothing. A row of its own, because the renewal run writes
-- subscriptions by the thousand and these seldom change.
create table subscription_recovery (
  account_id uuid not null references accounts (id),
  subscription_id uuid not null,
  choice jsonb not null,
  updated_at timestamptz not null,
  primary key (account_id, subscription_id),
  constraint subscription_recovery_subscription_exists foreign key (account_id, subscription_id)
    references subscriptions (account_id, id)
);

-- Written once, each time that the next step of a case was decided anew.
create table recovery_decisions (
  account_id uuid not null,
  id uuid not null,
  case_id uuid not null,
  kind text not null constraint recovery_decisions_kind_known
    check (kind in ('try', 'wait_for_card', 'wait_for_chance', 'give_up')),
  policy text not null constraint recovery_decisions_policy_known check (policy in ('planner', 'fixed', 'ladder')),
  retry_number int not null,
  due_at timestamptz not null,
  gateway_id uuid,
  payment_method_id uuid,
  -- Between 0 and 1; null where the planner was not asked.
  chance double precision constraint recovery_decisions_chance_is_one check (chance between 0 and 1),
  runner_up_at timestamptz,
  runner_up_gateway_id uuid,
  runner_up_chance double precision,
  -- The card networks' rule that forbade an earlier try, or any; null when none did.
  guard_rule text,
  guard_until timestamptz,
  reasons jsonb not null,
  learned_from bigint not null,
  decided_at timestamptz not null,
  primary key (account_id, id)
);
create index recovery_decisions_case on recovery_decisions (account_id, case_id, id);

-- What the planner has seen of cards with one BIN. It can be thrown away: it is made anew from the attempts.
create table recovery_evidence (
  account_id uuid not null references accounts (id),
  segment text not null,
  body jsonb not null,
  attempts bigint not null,
  seen_at timestamptz not null,
  primary key (account_id, segment)
);

-- How far the attempts have been learned from. Their ids ascend with the time at which they were made.
create table recovery_learning (
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

-- Customers with an unpaid bill for whom there is another card to charge: told by whoever keeps cards, taken by retries.
create table card_news (
  account_id uuid not null references accounts (id),
  customer_id uuid not null,
  told_at timestamptz not null,
  primary key (account_id, customer_id)
);
create index card_news_told on card_news (account_id, told_at);

do $$
declare
  owned text;
begin
  foreach owned in array array['subscription_recovery', 'recovery_decisions', 'recovery_evidence', 'recovery_learning',
    'card_news']
  loop
    execute format('grant select, insert, update, delete on %I to perennial_api', owned);
    execute format('alter table %I enable row level security', owned);
    execute format(
      'create policy own_account on %I to perennial_api
         using (account_id = current_setting(''perennial.account_id'')::uuid)
         with check (account_id = current_setting(''perennial.account_id'')::uuid)', owned);
  end loop;
end $$;
