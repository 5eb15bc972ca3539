-- A group may draw one of its gateways by chance, each by its weight.

set lock_timeout = '5s';

alter table gateway_groups drop constraint gateway_groups_choice_known;
-- squawk-ignore constraint-missing-not-valid
alter table gateway_groups add constraint gateway_groups_choice_known
  check (choice in ('sort_order', 'round_robin', 'even_distribution', 'weighted'));

-- Whole numbers from 1, one for each of gateway_ids and in their order.
alter table gateway_groups add column weights jsonb;
-- squawk-ignore constraint-missing-not-valid
alter table gateway_groups add constraint gateway_groups_weights_of_weighted
  check ((choice = 'weighted') = (weights is not null));
