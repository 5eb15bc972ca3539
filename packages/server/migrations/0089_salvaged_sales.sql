-- What is left of a sale is collected by no schedule of its own: its case is given up from the start. Where a salvage profile is
-- for sales, this is when it tries that next; null = people alone do.

set lock_timeout = '5s';

alter table recovery_cases add column salvage_at timestamptz;
-- Of cases of sales that a profile tries: few, and none when this is applied.
-- squawk-ignore require-concurrent-index-creation
create index recovery_cases_salvage on recovery_cases (account_id, salvage_at)
  where state = 'exhausted' and salvage_at is not null;
