-- What a card's network advised as it approved a charge: a few codes tell what kind of card it is (spec/decline-codes.md 3).
-- Charges of our own bills have a column for it, with refusals and approvals alike.

set lock_timeout = '5s';

alter table outside_attempts add column advice_code text;

-- Few approvals come with advice. No other charge that is approved writes the index.
-- squawk-ignore require-concurrent-index-creation
create index payment_attempts_advised on payment_attempts (account_id, payment_method_id, created_at)
  where state = 'succeeded' and advice_code is not null;
