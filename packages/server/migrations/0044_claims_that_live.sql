-- What a command noted for whoever repeats its request after a crash, and when a request was last known to be under way:
-- one that takes long is not taken for dead.

set lock_timeout = '5s';

alter table idempotency_keys
  add column note json,
  add column alive_at timestamptz;
