-- A bill may be collected in several debits, one after the other: only one that is announced and not handed in yet keeps
-- another from being planned. From then on the charge that it has become does.

set lock_timeout = '5s';

-- squawk-ignore require-concurrent-index-creation
create unique index mandate_collections_one_announced_a_source
  on mandate_collections (account_id, source_type, source_id)
  where status in ('scheduled', 'notified');
-- squawk-ignore require-concurrent-index-deletion
drop index mandate_collections_one_live_a_source;
