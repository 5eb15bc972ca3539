-- What discounts have taken off is booked beside revenue, which was booked without it: the third transfer of an issue, and of
-- the void that takes it back. Dated as those are, and with ids of their instants, which rise with time as ours do.

set lock_timeout = '5s';

insert into ledger_transfers (account_id, id, at, debit_account, credit_account, amount_minor, currency, customer_id,
                              invoice_id, source_kind, source_id, source_position)
select b.account_id,
       (lpad(to_hex((extract(epoch from b.at) * 1000)::bigint), 12, '0') || '7' || substr(b.hash, 1, 3)
        || '8' || substr(b.hash, 4, 15))::uuid,
       b.at, b.debit_account, b.credit_account, b.discount_minor, b.currency, b.customer_id, b.id, b.source_kind, b.id, 2
  from (select i.account_id, i.id, i.discount_minor, i.currency, i.customer_id, s.at, s.debit_account, s.credit_account,
               s.source_kind, md5(i.id::text || s.source_kind) as hash
          from invoices i
         cross join lateral (values (i.finalized_at, 'discounts', 'revenue', 'invoice_issued'),
                                    (i.voided_at, 'revenue', 'discounts', 'invoice_voided'))
            as s(at, debit_account, credit_account, source_kind)
         where i.discount_minor > 0 and i.finalized_at is not null and s.at is not null) b;
