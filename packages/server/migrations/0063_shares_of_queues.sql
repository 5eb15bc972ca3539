-- Queues that are kept for all accounts at once give each owner a share of their places: from one owner to the next by the index.

set lock_timeout = '5s';

-- squawk-ignore require-concurrent-index-creation
create index recovery_deliveries_share on recovery_deliveries (account_id, client_id, next_try_at) where state = 'waiting';
-- squawk-ignore require-concurrent-index-creation
create index revolv3_deliveries_share on revolv3_deliveries (account_id, next_try_at) where state = 'waiting';
-- squawk-ignore require-concurrent-index-creation
create index connector_events_share on connector_events (account_id, connector_id, next_try_at) where state = 'waiting';
-- squawk-ignore require-concurrent-index-creation
create index connected_invoices_share on connected_invoices (account_id, connector_id, next_try_at) where write_back = 'waiting';
-- What these were for, those above are for as well.
-- squawk-ignore require-concurrent-index-deletion
drop index connected_invoices_waiting;
-- squawk-ignore require-concurrent-index-deletion
drop index connector_events_waiting;
