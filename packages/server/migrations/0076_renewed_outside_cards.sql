-- A card that another biller handed over and that has ended may be renewed behind its token: while it is waited for, the account
-- updater of its gateway is asked.

set lock_timeout = '5s';

-- When it is asked next; null = not again.
alter table outside_recoveries add column updater_ask_at timestamptz;
-- squawk-ignore require-concurrent-index-creation
create index outside_recoveries_updater on outside_recoveries (account_id, updater_ask_at)
  where updater_ask_at is not null;
-- When its gateway last told other dates or digits of it than before.
alter table outside_cards add column renewed_at timestamptz;
