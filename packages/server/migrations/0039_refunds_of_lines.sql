-- A refund may be of one line of its invoice, and refunds that were asked for at once, out of several payments, belong together.

set lock_timeout = '5s';

alter table refunds
  add column invoice_line_id uuid,
  add column first_refund_id uuid;
