-- What stopped a kind of due work in a run: the rest of it was done.

set lock_timeout = '5s';

alter table renewal_runs add column fault text;
