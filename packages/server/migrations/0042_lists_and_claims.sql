-- Every filter of products and prices leads an index of its own, and work that is claimed for all accounts at once is found by
-- its due time alone: what leads with the account has no order across accounts, so that each claim would sort all that waits.

set lock_timeout = '5s';

-- A list of products always says whether it shows those that are archived.
-- squawk-ignore require-concurrent-index-deletion
drop index products_kind;
-- squawk-ignore require-concurrent-index-creation
create index products_kind on products (account_id, is_archived, kind, id);
-- squawk-ignore require-concurrent-index-creation
create index products_active on products (account_id, is_archived, is_active, id);
-- squawk-ignore require-concurrent-index-creation
create index products_archived on products (account_id, is_archived, id);

-- squawk-ignore require-concurrent-index-creation
create index prices_currency on prices (account_id, currency, id);
-- squawk-ignore require-concurrent-index-creation
create index prices_pricing_model on prices (account_id, pricing_model, id);
-- squawk-ignore require-concurrent-index-creation
create index prices_active on prices (account_id, active, id);

-- The time of a mail that was never tried is its account's, which may be far ahead: it is due whatever it says.
-- squawk-ignore require-concurrent-index-deletion
drop index outbox_waiting;
-- squawk-ignore require-concurrent-index-creation
create index outbox_due on outbox ((case when attempts = 0 then '-infinity' else next_attempt_at end), id)
  where state = 'waiting';

-- squawk-ignore require-concurrent-index-deletion
drop index recovery_deliveries_waiting;
-- squawk-ignore require-concurrent-index-creation
create index recovery_deliveries_due on recovery_deliveries (next_try_at) where state = 'waiting';

-- squawk-ignore require-concurrent-index-deletion
drop index revolv3_deliveries_due;
-- squawk-ignore require-concurrent-index-creation
create index revolv3_deliveries_due on revolv3_deliveries (next_try_at, id) where state = 'waiting';

-- squawk-ignore require-concurrent-index-creation
create index connector_events_due on connector_events (next_try_at) where state = 'waiting';
-- squawk-ignore require-concurrent-index-creation
create index connected_invoices_due on connected_invoices (next_try_at) where write_back = 'waiting';
