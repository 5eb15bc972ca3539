-- What recoveries came to, by the day on which they began.

set lock_timeout = '5s';

-- Written before anybody runs this in earnest: the tables are small when it is applied.
-- squawk-ignore require-concurrent-index-creation
create index recovery_cases_opened on recovery_cases (account_id, opened_at);
-- squawk-ignore require-concurrent-index-creation
create index outside_recoveries_begun on outside_recoveries (account_id, opened_at);
