import { sql } from 'kysely'
import type { Check } from '../check.ts'
import { ofAccount } from './of-account.ts'

const methods: Check = {
  name: 'mandate_has_method',
  promise:
    'A method that is debited under a mandate is active only while the mandate is in force, and belongs to its customer.',
  find: (scope) => sql`
    select m.account_id, m.id::text as id,
           format('the mandate is %s and its method %s', m.status, coalesce(pm.status, 'missing')) as message
      from mandates m
      left join payment_methods pm on pm.account_id = m.account_id and pm.id = m.payment_method_id
     where ${ofAccount(scope, 'm')}
       and (pm.id is null or pm.type <> 'bacs_direct_debit' or pm.customer_id <> m.customer_id
            or pm.status = 'active' and m.status <> 'active')`,
}

const collections: Check = {
  name: 'collection_paid_by_attempt',
  promise:
    'A collection has succeeded only if its attempt did, on its invoice and for its amount; one under way has a next step.',
  find: (scope) => sql`
    select c.account_id, c.id::text as id,
           format('the collection is %s and its attempt %s', c.status, coalesce(a.state, 'missing')) as message
      from mandate_collections c
      left join payment_attempts a on a.account_id = c.account_id and a.id = c.attempt_id
     where ${ofAccount(scope, 'c')}
       and (c.status = 'succeeded' and a.state is distinct from 'succeeded'
            or c.status in ('submitted', 'succeeded') and a.invoice_id is distinct from c.invoice_id
            or c.status in ('submitted', 'succeeded') and a.amount_minor is distinct from c.amount_minor
            or (c.status in ('scheduled', 'notified', 'submitted')) <> (c.due_at is not null))`,
}

const setups: Check = {
  name: 'setup_saved_method',
  promise: 'A setup intent that succeeded has saved a method of this account.',
  find: (scope) => sql`
    select s.account_id, s.id::text as id, 'it succeeded without a method' as message
      from setup_intents s
      left join payment_methods pm on pm.account_id = s.account_id and pm.id = s.payment_method_id
     where ${ofAccount(scope, 's')} and s.status = 'succeeded' and pm.id is null`,
}

export const mandateChecks: readonly Check[] = [methods, collections, setups]
