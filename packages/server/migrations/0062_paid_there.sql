-- When the platform told that a bill was paid there: whatever failed for it here is not owed any more.

set lock_timeout = '5s';

alter table connected_invoices add column paid_there_at timestamptz;
