-- Mails are claimed account by account, a share of each, so that one merchant's many hold nobody else's back.

set lock_timeout = '5s';

-- squawk-ignore require-concurrent-index-deletion
drop index outbox_due;
-- squawk-ignore require-concurrent-index-creation
create index outbox_due on outbox (account_id, (case when attempts = 0 then '-infinity' else next_attempt_at end), id)
  where state = 'waiting';
