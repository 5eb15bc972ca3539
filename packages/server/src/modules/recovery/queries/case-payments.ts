import { sql } from 'kysely'

/**
 * What has come for the bill of case `c` since it was opened, whoever won it and whatever its state: payments that were
 * neither voided nor returned by the bank. Ids rise with time, and are told apart where instants are the same. Refunds and
 * chargebacks of later take nothing from it.
 */
export const CASE_PAYMENTS = sql`(
  select t.id, t.amount_minor, t.attempt_id, t.created_at
    from transactions t
   where t.account_id = c.account_id and t.invoice_id = c.invoice_id and t.id > c.id
     and t.type in ('sale', 'capture') and t.status = 'succeeded'
     and not exists (select from transactions back
                      where back.account_id = t.account_id and back.parent_transaction_id = t.id
                        and back.type = 'adjustment' and back.status = 'succeeded'))`
