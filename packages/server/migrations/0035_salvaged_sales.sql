-- A sale of nothing but one-time products, paid in part, leaves a salvage transaction too.

set lock_timeout = '5s';

-- Null: the bill is of no subscription, and nothing but people tries it.
-- squawk-ignore ban-drop-not-null
alter table recovery_cases alter column subscription_id drop not null;
alter table recovery_cases
  add constraint recovery_cases_open_has_subscription check (subscription_id is not null or state <> 'open') not valid;

-- Those that were sold before there were such cases, by the ids of their sales: they rise with time, as ours do.
insert into recovery_cases (account_id, id, invoice_id, customer_id, state, amount_minor, currency,
                            first_decline_code, last_decline_code, opened_at, closed_at)
select s.account_id, s.id, s.invoice_id, s.customer_id, 'exhausted', i.total_minor - i.paid_minor, i.currency,
       'generic_decline', 'generic_decline', s.updated_at, s.updated_at
  from sales s
  join invoices i on i.account_id = s.account_id and i.id = s.invoice_id
 where s.status = 'partially_paid' and i.status not in ('paid', 'void', 'uncollectible')
   and not exists (select from recovery_cases r where r.account_id = s.account_id and r.invoice_id = s.invoice_id);

-- Where a cardholder who waits for the answer authenticates; null once the attempt is settled, and where nobody is there.
alter table outside_attempts add column next_action_url text;
