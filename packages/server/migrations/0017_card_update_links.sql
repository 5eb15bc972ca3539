-- Links on which payers replace a card are for our own customers too, not only for those of other billers.

set lock_timeout = '5s';

-- Whose link it is: a recovery client's (`client_id`, with the token that is replaced) or a customer's of the account.
-- squawk-ignore ban-drop-not-null
alter table card_update_links alter column client_id drop not null;
-- squawk-ignore ban-drop-not-null
alter table card_update_links alter column payment_token drop not null;
alter table card_update_links
  add column customer_id uuid,
  -- What the customer was asked about; null = whatever they owe.
  add column subscription_id uuid,
  -- The verification of the card that was given last, where its owner has to authenticate.
  add column setup_intent_id uuid,
  -- Cards that were given; bounded, so that nobody tries stolen ones here.
  add column tries int not null default 0;
-- squawk-ignore constraint-missing-not-valid
alter table card_update_links add constraint card_update_links_of_one
  check ((client_id is null) <> (customer_id is null) and (client_id is null) = (payment_token is null));
-- squawk-ignore constraint-missing-not-valid
alter table card_update_links add constraint card_update_links_subscription_has_customer
  check (subscription_id is null or customer_id is not null);
-- squawk-ignore constraint-missing-not-valid
alter table card_update_links add constraint card_update_links_tries_bounded check (tries between 0 and 10);
-- squawk-ignore adding-foreign-key-constraint, constraint-missing-not-valid
alter table card_update_links add constraint card_update_links_customer_exists
  foreign key (account_id, customer_id) references customers (account_id, id);
