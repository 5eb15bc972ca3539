-- The token that a platform which charges was last told to charge for a bill, where it keeps a card of its own.

set lock_timeout = '5s';

alter table connected_invoices add column told_token text;
