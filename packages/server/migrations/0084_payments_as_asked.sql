-- What a merchant asks of single payments: which ones are still on their way, and that one of them has no receipt.

set lock_timeout = '5s';

-- Charges that their gateway calls under way, as GET /v2/payments pages through them. No card that answers at once is in it.
-- squawk-ignore require-concurrent-index-creation
create index payment_attempts_under_way on payment_attempts (account_id, id) where state = 'pending';

-- Whoever made it wants no receipt of it, whatever the account's settings say.
alter table payment_intents add column is_without_receipt boolean not null default false;
