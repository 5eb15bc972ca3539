-- Setups whose challenge nobody answers are found by the time they have waited, and without those of other accounts.

set lock_timeout = '5s';

-- squawk-ignore require-concurrent-index-creation
create index setup_intents_challenged on setup_intents (account_id, updated_at) where status = 'requires_action';
