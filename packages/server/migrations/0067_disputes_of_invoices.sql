-- An invoice is shown with what was disputed of it.

set lock_timeout = '5s';

-- squawk-ignore require-concurrent-index-creation
create index disputes_invoice on disputes (account_id, invoice_id) where invoice_id is not null;
