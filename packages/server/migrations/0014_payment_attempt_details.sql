-- What the card networks count, and what retries are: who began an attempt, and the how-manieth round of its bill it is.

set lock_timeout = '5s';

alter table payment_attempts
  -- Networks count what a customer does apart from what a merchant does.
  add column is_customer_present boolean not null default false,
  -- 0 = the first round; further steps of one route share the number.
  add column retry_number int not null default 0,
  -- `scheduled` by recovery or `manual`; null in the first round.
  add column retry_kind text;

-- Card data as they are now, and the number itself, are no older than this; null = since the method was made.
alter table payment_methods
  add column card_data_at timestamptz,
  add column card_number_at timestamptz;

-- Refusals, and calls whose answer is lost: all that the networks hold against a card. Approved charges never enter it.
-- Written before anybody runs this in earnest: the tables are small when it is applied.
-- squawk-ignore require-concurrent-index-creation
create index payment_attempts_refused on payment_attempts (account_id, payment_method_id, created_at)
  where state in ('declined', 'unknown');

-- Customers who were sent to authenticate: until when they may answer.
-- squawk-ignore require-concurrent-index-creation
create index payment_attempts_challenged on payment_attempts (account_id, check_at) where state = 'needs_action';

-- One card may be kept as several methods.
-- squawk-ignore require-concurrent-index-creation
create index payment_methods_fingerprint on payment_methods (account_id, fingerprint)
  where fingerprint is not null and type = 'card';
