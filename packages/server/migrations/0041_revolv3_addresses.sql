-- Addresses by their number, so that a later call of the Revolv3-compatible API can name one in the place of its detail.

set lock_timeout = '5s';

create table revolv3_addresses (
  account_id uuid not null references accounts (id),
  id uuid not null,
  detail jsonb not null,
  primary key (account_id, id)
);

do $$
begin
  grant select, insert, update, delete on revolv3_addresses to perennial_api;
  alter table revolv3_addresses enable row level security;
  create policy own_account on revolv3_addresses to perennial_api
    using (account_id = current_setting('perennial.account_id')::uuid)
    with check (account_id = current_setting('perennial.account_id')::uuid);
end $$;
