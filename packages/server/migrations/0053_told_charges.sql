-- Word that a gateway took what is booked as refused is looked for whenever its bill or its payment intent is to be charged.

set lock_timeout = '5s';

-- squawk-ignore require-concurrent-index-creation
create index gateway_notices_told_charges on gateway_notices (account_id, (payload->>'idempotencyKey'))
  where kind = 'charge' and state in ('waiting', 'parked');
