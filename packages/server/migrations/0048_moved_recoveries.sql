-- Since when a recovery goes on with a card that took the place of the one it was handed over with, so that the same payment
-- handed over once more with that card is known; and whether the cardholder was there at a try: the networks count those apart.

set lock_timeout = '5s';

alter table outside_recoveries add column moved_at timestamptz;
alter table outside_attempts add column is_customer_present boolean not null default false;
