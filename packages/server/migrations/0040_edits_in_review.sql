-- A review of many subscriptions goes on after the request that began it, part after part.

set lock_timeout = '5s';

alter table subscription_edits drop constraint subscription_edits_status_known;
-- squawk-ignore constraint-missing-not-valid
alter table subscription_edits add constraint subscription_edits_status_known
  check (status in ('previewing', 'draft', 'running', 'paused', 'done', 'canceled'));

alter table subscription_edits
  -- Subscriptions that matched when the review turned out to be a long one.
  add column matching int,
  -- The last one that is reviewed, with the renewal that it was found by: the next part begins behind it.
  add column reviewed_to_at timestamptz,
  add column reviewed_to_id uuid;

-- Few at any time: what the worker looks for.
-- squawk-ignore require-concurrent-index-creation
create index subscription_edits_previewing on subscription_edits (account_id, created_at) where status = 'previewing';
