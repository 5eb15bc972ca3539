-- What was still looked for by reading whole tables. None of these indexes has a row of a renewal.

set lock_timeout = '5s';

-- A gateway tells what became of a refund by its own name for it.
-- squawk-ignore require-concurrent-index-creation
create index refunds_gateway_reference on refunds (account_id, gateway_id, gateway_reference)
  where gateway_reference is not null;

-- Payments and charges by how much of them was given back.
-- squawk-ignore require-concurrent-index-deletion
drop index transactions_refunded;
-- squawk-ignore require-concurrent-index-creation
create index transactions_refunded on transactions
  (account_id, (case when refunded_minor = amount_minor then 'refunded' else 'partially_refunded' end), id)
  where refunded_minor > 0;
-- squawk-ignore require-concurrent-index-creation
create index transactions_refunded_created on transactions
  (account_id, (case when refunded_minor = amount_minor then 'refunded' else 'partially_refunded' end), created_at, id)
  where refunded_minor > 0;
-- squawk-ignore require-concurrent-index-creation
create index transactions_refunded_intent on transactions
  (account_id, (case when refunded_minor = amount_minor then 'refunded' else 'partially_refunded' end), payment_intent_id)
  where refunded_minor > 0 and payment_intent_id is not null;

-- Which subscriptions charge a card.
-- squawk-ignore require-concurrent-index-creation
create index subscription_payment_methods_method
  on subscription_payment_methods (account_id, payment_method_id, subscription_id);

-- Whether a card was replaced on a link of its own.
-- squawk-ignore require-concurrent-index-creation
create index card_update_links_replaced on card_update_links (account_id, client_id, payment_token)
  where replaced_by is not null;
