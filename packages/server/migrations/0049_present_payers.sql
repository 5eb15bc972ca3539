-- Whether the payer was there when the biller's own charge failed: the networks count those tries apart.

set lock_timeout = '5s';

alter table outside_recoveries add column is_customer_present boolean not null default false;
