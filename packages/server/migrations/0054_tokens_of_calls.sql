-- What gateways call the card that a sale of the RevCent-compatible API brings, for as long as the call may be repeated: a
-- repetition has to ask for the same. The card itself is kept with the sale, or not at all.

set lock_timeout = '5s';

-- A row has either of them. What runs meanwhile writes methods alone, and reads its own.
alter table revcent_cards
  -- squawk-ignore ban-drop-not-null
  alter column payment_method_id drop not null,
  add column tokens jsonb,
  add constraint revcent_cards_one_of check (num_nonnulls(payment_method_id, tokens) = 1) not valid;
