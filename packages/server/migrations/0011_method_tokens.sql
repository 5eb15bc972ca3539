-- Gateways tell of kept cards by the token that they gave out.

set lock_timeout = '5s';

-- squawk-ignore require-concurrent-index-creation
create index payment_method_tokens_token on payment_method_tokens (account_id, gateway_id, token);
