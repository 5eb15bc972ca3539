-- What a bank has taken back it may give again, and take back once more: of the returns of a sale one stands at most. Word of that
-- which is heard before the return is looked for when the return is heard.

set lock_timeout = '5s';

-- squawk-ignore require-concurrent-index-deletion
drop index transactions_one_return_per_sale;
-- squawk-ignore require-concurrent-index-creation
create unique index transactions_one_return_per_sale on transactions (account_id, parent_transaction_id)
  where type = 'adjustment' and status = 'succeeded';
-- squawk-ignore require-concurrent-index-creation
create index gateway_notices_given_again on gateway_notices (account_id, gateway_id, (payload->>'gatewayReference'))
  where kind = 'charge' and payload->>'isGivenAgain' = 'true';

-- A line of a dispute is about one movement of its money: one that is taken up again has a line for each.
update gateway_movements m set matched_kind = 'transaction', matched_id = taken.id
  from (select distinct on (d.account_id, d.id) d.account_id, d.id as dispute_id, t.id
          from disputes d
          join transactions t
            on t.account_id = d.account_id and t.parent_transaction_id = d.payment_id and t.type = 'dispute'
           and t.gateway_id = d.gateway_id and t.gateway_reference = d.gateway_reference
         order by d.account_id, d.id, t.id) taken
 where m.matched_kind = 'dispute' and m.account_id = taken.account_id and m.matched_id = taken.dispute_id;
