-- What an item costs a full cycle whatever its quantity and its price say: an amount that the merchant set as a whole, so that
-- it need not be a multiple of the quantity, and the price of a unit stays what it was.

set lock_timeout = '5s';

-- Not validated: no row that is there has one, and looking through all of them would keep renewals waiting.
alter table subscription_items
  add column own_amount_minor bigint,
  add constraint subscription_items_own_amount_not_negative check (own_amount_minor >= 0) not valid;
