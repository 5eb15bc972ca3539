-- A comparison follows a list that the gateway keeps, or a settlement that the merchant has handed in.

set lock_timeout = '5s';

alter table reconciliation_runs add column source text not null default 'list';
-- squawk-ignore constraint-missing-not-valid
alter table reconciliation_runs add constraint reconciliation_runs_source_known
  check (source in ('list', 'settlement'));
