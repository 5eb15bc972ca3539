-- What a gateway moved and nothing of ours stands behind can be booked to suspense, so that the clearing folds to zero; it is ours no
-- more to find then, unless a person says what it was for.

set lock_timeout = '5s';

alter table gateway_movements add column set_aside_at timestamptz;
