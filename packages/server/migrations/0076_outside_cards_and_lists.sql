-- A card that another biller handed over and that has ended may be renewed behind its token: while it is waited for, the account
-- updater of its gateway is asked. And payments that were handed over are listed by state, by client and by time.

set lock_timeout = '5s';

-- When it is asked next; null = not again.
alter table outside_recoveries add column updater_ask_at timestamptz;
-- squawk-ignore require-concurrent-index-creation
create index outside_recoveries_updater on outside_recoveries (account_id, updater_ask_at)
  where updater_ask_at is not null;
-- When its gateway last told other dates or digits of it than before.
alter table outside_cards add column renewed_at timestamptz;

-- squawk-ignore require-concurrent-index-creation
create index outside_recoveries_state on outside_recoveries (account_id, state, id);
-- squawk-ignore require-concurrent-index-creation
create index outside_recoveries_of_client on outside_recoveries (account_id, client_id, opened_at, id);
-- squawk-ignore require-concurrent-index-creation
create index outside_recoveries_of_days on outside_recoveries (account_id, opened_at, id);
-- The two above do what these did.
-- squawk-ignore require-concurrent-index-deletion
drop index outside_recoveries_opened;
-- squawk-ignore require-concurrent-index-deletion
drop index outside_recoveries_begun;
