-- How many refusals of one amount the acquirer behind this gateway lets a Visa card bear in 30 days (spec/decline-codes.md 8.1).
-- Null: what the account's settings say.

set lock_timeout = '5s';

alter table gateways add column visa_attempts_max smallint;
alter table gateways
  add constraint gateways_visa_attempts_within_rule check (visa_attempts_max between 15 and 20) not valid;
