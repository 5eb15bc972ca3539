-- Bills and their refunds by their last change. A bill that is paid within the hour has no row in any of these indexes: it is
-- found by when it was made.

set lock_timeout = '5s';

-- squawk-ignore require-concurrent-index-creation
create index invoices_changed_later on invoices (account_id, updated_at, id)
  where updated_at - created_at > interval '1 hour';

-- squawk-ignore require-concurrent-index-creation
create index refunds_changed on refunds (account_id, updated_at, id) where invoice_id is not null;
