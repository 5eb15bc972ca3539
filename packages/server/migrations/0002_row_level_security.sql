-- The API's transactions take the role perennial_api and name their account; these policies then hide
-- every other account's rows, even from a query that forgot its account. Workers and operator commands
-- keep the owner's role.

do $$
begin
  create role perennial_api nologin;
exception
  when duplicate_object or unique_violation then null;
end $$;

do $$
begin
  execute format('grant perennial_api to %I', current_user);
exception
  -- Granted by another migration at the same moment, or the current user is the role's superuser.
  when unique_violation or invalid_grant_operation then null;
end $$;

do $$
declare
  owned text;
begin
  execute format('grant usage on schema %I to perennial_api', current_schema());
  for owned in
    select c.table_name
      from information_schema.columns c
      join information_schema.tables t using (table_schema, table_name)
     where c.table_schema = current_schema() and c.column_name = 'account_id' and t.table_type = 'BASE TABLE'
  loop
    execute format('grant select, insert, update, delete on %I to perennial_api', owned);
    execute format('alter table %I enable row level security', owned);
    execute format(
      'create policy own_account on %I to perennial_api
         using (account_id = current_setting(''perennial.account_id'')::uuid)
         with check (account_id = current_setting(''perennial.account_id'')::uuid)', owned);
  end loop;
end $$;

grant select, update on accounts to perennial_api;
alter table accounts enable row level security;
create policy own_account on accounts to perennial_api
  using (id = current_setting('perennial.account_id')::uuid)
  with check (id = current_setting('perennial.account_id')::uuid);
