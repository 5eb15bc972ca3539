-- What was decided of payments that other billers handed over, and why, each time that it was decided anew.

set lock_timeout = '5s';

create table outside_decisions (
  account_id uuid not null,
  id uuid not null,
  recovery_id uuid not null,
  -- What it has become by the decision. A try that is made at once is told by its attempt instead.
  state text not null constraint outside_decisions_state_known
    check (state in ('scheduled', 'awaiting_card', 'failed', 'blocked', 'canceled')),
  attempts_made int not null,
  -- The next try, or the end of waiting for a card; null when it has ended.
  due_at timestamptz,
  source text constraint outside_decisions_source_known check (source in ('planner', 'schedule', 'network')),
  -- Between 0 and 1; null where the planner was not asked.
  chance double precision constraint outside_decisions_chance_is_one check (chance between 0 and 1),
  runner_up_at timestamptz,
  runner_up_chance double precision,
  recommended_action text,
  reasons jsonb not null,
  learned_from bigint not null,
  decided_at timestamptz not null,
  primary key (account_id, id)
);
create index outside_decisions_recovery on outside_decisions (account_id, recovery_id, id);

grant select, insert, update, delete on outside_decisions to perennial_api;
alter table outside_decisions enable row level security;
create policy own_account on outside_decisions to perennial_api
  using (account_id = current_setting('perennial.account_id')::uuid)
  with check (account_id = current_setting('perennial.account_id')::uuid);
