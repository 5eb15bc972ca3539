-- A card may be charged for its merchant's own bills and for those that other billers hand over. Networks count both, so each
-- side finds the other's tries: by the token at one gateway, whichever biller named it, or by the fingerprint that gateways tell.
-- And payments that were handed over are listed by state and time together.

set lock_timeout = '5s';

alter table outside_cards add column fingerprint text;
-- squawk-ignore require-concurrent-index-creation
create index outside_cards_fingerprint on outside_cards (account_id, fingerprint) where fingerprint is not null;

-- squawk-ignore require-concurrent-index-creation
create index outside_attempts_token on outside_attempts (account_id, token, created_at);
-- squawk-ignore require-concurrent-index-creation
create index outside_recoveries_handed on outside_recoveries (account_id, handed_token, opened_at);
-- The two above do what these did: one token has few clients.
-- squawk-ignore require-concurrent-index-deletion
drop index outside_attempts_card;
-- squawk-ignore require-concurrent-index-deletion
drop index outside_recoveries_same_card;

-- squawk-ignore require-concurrent-index-creation
create index outside_recoveries_state_of_days on outside_recoveries (account_id, state, opened_at, id);
-- The one above does what this did.
-- squawk-ignore require-concurrent-index-deletion
drop index outside_recoveries_state;
