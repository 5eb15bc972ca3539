-- What the Revolv3-compatible API tells of charges that wait, and of payments that are called off with their invoice.

set lock_timeout = '5s';

-- News of an attempt that a gateway has taken and decides later: there is no event of it.
alter table revolv3_news add column attempt_id uuid;

-- The invoice ends with its payment instead of being owed again.
alter table voids add column ends_invoice boolean not null default false;
