-- A credit note that is to end its invoice's subscription does so when it is issued, which for a refund is when the money has gone
-- back. Notes of before have done so already.

set lock_timeout = '5s';

alter table credit_notes add column cancels_subscription boolean not null default false;
