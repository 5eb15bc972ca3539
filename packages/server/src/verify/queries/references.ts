import { sql, type RawBuilder } from 'kysely'
import type { Check, VerifyScope } from '../check.ts'
import { ofAccount } from './of-account.ts'

type Reference = { readonly column: string; readonly table: string }

const INVOICE = { column: 'invoice_id', table: 'invoices' }
const SUBSCRIPTION = { column: 'subscription_id', table: 'subscriptions' }
const CUSTOMER = { column: 'customer_id', table: 'customers' }
const GATEWAY = { column: 'gateway_id', table: 'gateways' }
const METHOD = { column: 'payment_method_id', table: 'payment_methods' }
const INTENT = { column: 'payment_intent_id', table: 'payment_intents' }
const PRICE = { column: 'price_id', table: 'prices' }

/** The tables that are written by the thousand have no foreign keys; these are what they would be. */
const REFERENCES: readonly {
  readonly name: string
  readonly what: string
  readonly table: string
  readonly to: readonly Reference[]
}[] = [
  { name: 'line_references', what: 'invoice line', table: 'invoice_lines', to: [INVOICE] },
  {
    name: 'attempt_references',
    what: 'payment attempt',
    table: 'payment_attempts',
    to: [INVOICE, INTENT, SUBSCRIPTION, CUSTOMER, METHOD, GATEWAY],
  },
  {
    name: 'transaction_references',
    what: 'transaction',
    table: 'transactions',
    to: [
      { column: 'attempt_id', table: 'payment_attempts' },
      INVOICE,
      INTENT,
      SUBSCRIPTION,
      CUSTOMER,
      GATEWAY,
    ],
  },
  {
    name: 'transfer_references',
    what: 'transfer',
    table: 'ledger_transfers',
    to: [INVOICE, CUSTOMER, GATEWAY],
  },
  {
    name: 'invoice_references',
    what: 'invoice',
    table: 'invoices',
    to: [CUSTOMER, SUBSCRIPTION],
  },
  {
    name: 'item_references',
    what: 'subscription item',
    table: 'subscription_items',
    to: [SUBSCRIPTION, PRICE],
  },
]

function dangling(
  scope: VerifyScope,
  { table, reference }: { readonly table: string; readonly reference: Reference },
): RawBuilder<unknown> {
  const column = sql.ref(`t.${reference.column}`)
  return sql`
    select t.account_id, t.id::text as id,
           format('%s %s is not there', ${reference.column}::text, ${column}) as message
      from ${sql.table(table)} t
     where ${ofAccount(scope, 't')} and ${column} is not null
       and not exists (select from ${sql.table(reference.table)} o
                        where o.account_id = t.account_id and o.id = ${column})`
}

const OF_INVOICES = ['transactions', 'refunds', 'voids', 'credit_notes', 'ledger_transfers']

/** Whatever moves or books money of an invoice. */
const sameCustomer: Check = {
  name: 'money_of_customer',
  promise:
    'What was paid, given back or booked on an invoice is its customer’s and in its currency.',
  find: (scope) =>
    sql.join(
      OF_INVOICES.map(
        (table) => sql`
    select t.account_id, t.id::text as id,
           format('%s is of %s in %s, its invoice of %s in %s', ${table}::text, coalesce(t.customer_id::text, 'nobody'), t.currency,
                  i.customer_id, i.currency) as message
      from ${sql.table(table)} t
      join invoices i on i.account_id = t.account_id and i.id = t.invoice_id
     where ${ofAccount(scope, 't')}
       and (t.customer_id is distinct from i.customer_id or t.currency <> i.currency)`,
      ),
      sql` union all `,
    ),
}

const references: readonly Check[] = REFERENCES.map(({ name, what, table, to }) => ({
  name,
  promise: `Everything that ${/^[aeiou]/.test(what) ? 'an' : 'a'} ${what} names exists in its account.`,
  find: (scope) =>
    sql`${sql.join(
      to.map((reference) => dangling(scope, { table, reference })),
      sql` union all `,
    )}`,
}))

export const referenceChecks: readonly Check[] = [...references, sameCustomer]
