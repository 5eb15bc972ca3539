-- Every payment handed over locked its client's row until it was written, and asked for the client once more, a tenth of
-- PostgreSQL's part. Clients are never deleted, and who hands over has been read in the same transaction or just before.

set lock_timeout = '5s';

alter table outside_recoveries drop constraint outside_recoveries_client_exists;
