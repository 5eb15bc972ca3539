-- What the RevCent-compatible API needs: what narrows a key down, and the log of its calls.

set lock_timeout = '5s';

-- A key without a row here may do what its scopes say, from anywhere.
create table revcent_keys (
  account_id uuid not null references accounts (id),
  api_key_id uuid not null,
  -- [{"type", "method"}] it may call; null = all.
  permissions jsonb,
  -- Addresses it may be used from; null = all, and an empty list is nobody.
  addresses jsonb,
  updated_at timestamptz not null,
  primary key (account_id, api_key_id),
  constraint revcent_keys_key_exists foreign key (account_id, api_key_id) references api_keys (account_id, id)
);

create table revcent_calls (
  account_id uuid not null references accounts (id),
  id uuid not null,
  api_key_id uuid not null,
  operation text not null,
  status int not null,
  error_code text,
  -- Real time, also in a sandbox.
  created_at timestamptz not null,
  primary key (account_id, id)
);
create index revcent_calls_created on revcent_calls (account_id, created_at, id);

do $$
declare
  owned text;
begin
  foreach owned in array array['revcent_keys', 'revcent_calls']
  loop
    execute format('grant select, insert, update, delete on %I to perennial_api', owned);
    execute format('alter table %I enable row level security', owned);
    execute format(
      'create policy own_account on %I to perennial_api
         using (account_id = current_setting(''perennial.account_id'')::uuid)
         with check (account_id = current_setting(''perennial.account_id'')::uuid)', owned);
  end loop;
end $$;
