-- What few rows of a large table have is found without the others. No renewal that is paid writes any of these indexes.

set lock_timeout = '5s';

-- Setups whose challenge nobody answers, by the time they have waited.
-- squawk-ignore require-concurrent-index-creation
create index setup_intents_challenged on setup_intents (account_id, updated_at) where status = 'requires_action';

-- Bills that a merchant has a name of its own for.
-- squawk-ignore require-concurrent-index-creation
create index invoices_reference on invoices (account_id, left(metadata ->> 'merchant_invoice_reference', 100), id)
  where (metadata ->> 'merchant_invoice_reference') is not null;

-- Bills of which money went back.
-- squawk-ignore require-concurrent-index-creation
create index invoices_refunded on invoices (account_id, id) where refunded_minor > 0;
