-- Webhooks of a recovery client that were given up, or had no address, are counted and sent again when it asks.

set lock_timeout = '5s';

-- squawk-ignore require-concurrent-index-creation
create index recovery_deliveries_unsent on recovery_deliveries (account_id, client_id, id)
  where state in ('dead', 'kept');
