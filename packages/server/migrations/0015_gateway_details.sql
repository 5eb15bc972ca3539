-- What gateways tell beside yes and no, and what happens after it: checks of the card, holds that lapse, reversals that
-- are decided later, charges that a person settles.

set lock_timeout = '5s';

-- The networks' letters for the comparison of the address and of the security code.
alter table payment_attempts
  add column avs_code text,
  add column cvv_code text,
  -- Who settled by hand a charge that its gateway never told the end of, as what, and why.
  add column resolution jsonb;

-- Holds: `check_at` is when the gateway has let go of one, by the account's time.
-- Written before anybody runs this in earnest: the tables are small when it is applied.
-- squawk-ignore require-concurrent-index-creation
create index payment_attempts_held on payment_attempts (account_id, check_at)
  where operation = 'authorize' and state = 'succeeded' and check_at is not null;

-- A reversal that its gateway decides after it has answered is told by a notice of its own.
alter table gateway_notices drop constraint gateway_notices_kind_known;
-- squawk-ignore constraint-missing-not-valid
alter table gateway_notices add constraint gateway_notices_kind_known
  check (kind in ('charge', 'refund', 'dispute', 'method', 'return', 'void', 'other'));
