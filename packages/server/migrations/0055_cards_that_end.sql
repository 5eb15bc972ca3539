-- Owners are told of the end of every card that is charged, be it the customer's default or a subscription's own. And a used link says
-- which card took the old one's place: links that were used up without one tell of no replacement.

set lock_timeout = '5s';

-- squawk-ignore require-concurrent-index-creation
create index payment_methods_card_ends
  on payment_methods (account_id, card_notices, card_exp_year, card_exp_month, id)
  where status = 'active' and card_exp_year is not null and card_notices < 2;
-- squawk-ignore require-concurrent-index-deletion
drop index payment_methods_card_end;

alter table card_update_links add column replaced_by text;
