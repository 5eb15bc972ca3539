-- A run claims what is due in an order without ties, so that each claim begins where the one before it stopped.

set lock_timeout = '5s';

-- squawk-ignore require-concurrent-index-deletion
drop index subscriptions_due;
-- squawk-ignore require-concurrent-index-creation
create index subscriptions_due on subscriptions (account_id, next_due_at, id)
  where next_due_at is not null and parked_at is null;
