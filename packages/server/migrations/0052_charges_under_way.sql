-- What a card is being charged with: as long as it is not answered it counts as refused for the card networks. An attempt
-- stays in it for the moment that its gateway takes.

set lock_timeout = '5s';

-- squawk-ignore require-concurrent-index-creation
create index payment_attempts_sending on payment_attempts (account_id, payment_method_id) where state = 'sending';
