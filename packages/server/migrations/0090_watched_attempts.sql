-- Everything that the card networks may hold against a card, in one place: refusals, calls whose answer is lost, charges under
-- way, and approvals that came with advice. It was three indexes, so that every renewal asked three times and found nothing.

set lock_timeout = '5s';

-- squawk-ignore require-concurrent-index-creation
create index payment_attempts_watched on payment_attempts (account_id, payment_method_id, created_at)
  where state in ('declined', 'unknown', 'sending') or (state = 'succeeded' and advice_code is not null);

-- squawk-ignore require-concurrent-index-deletion
drop index payment_attempts_refused;
-- squawk-ignore require-concurrent-index-deletion
drop index payment_attempts_sending;
-- squawk-ignore require-concurrent-index-deletion
drop index payment_attempts_advised;
