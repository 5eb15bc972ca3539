-- What a subscription profile says about the recoveries of the subscriptions that follow it.

set lock_timeout = '5s';

-- Null leaves it to the product, and else to the account.
alter table subscription_profiles add column recovery jsonb;
