-- The vendor's own name for the merchant's account, as it was told when the credentials were tried: credentials of another
-- account are never put in their place, because charges are looked up where they were made. Null: not told.

set lock_timeout = '5s';

alter table gateways add column account_reference text;
