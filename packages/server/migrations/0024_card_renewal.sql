-- Account updaters are asked about cards that end before they are charged again.

set lock_timeout = '5s';

-- When to look next whether a card that ends is about to be charged; null = nothing says that it ends.
alter table payment_methods add column updater_ask_at timestamptz;
update payment_methods
   set updater_ask_at = greatest(created_at, make_timestamptz(card_exp_year, card_exp_month, 1, 0, 0, 0, 'UTC'))
 where type = 'card' and card_exp_year between 1 and 9999 and card_exp_month between 1 and 12;
-- Written before anybody runs this in earnest: the table is small when it is applied.
-- squawk-ignore require-concurrent-index-creation
create index payment_methods_updater_ask on payment_methods (account_id, updater_ask_at)
  where updater_ask_at is not null and status <> 'inactive';
