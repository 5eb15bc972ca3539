-- A decision that a rule of the card networks has shaped keeps what the rule stood on that day. Null in both: decided before
-- that was kept, or nobody has published since when it holds.

set lock_timeout = '5s';

alter table recovery_decisions add column guard_since timestamptz;
alter table recovery_decisions add column guard_source text;
