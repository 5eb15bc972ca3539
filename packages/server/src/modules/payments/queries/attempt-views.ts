import type { Uuid } from '@perennial/core/ids'
import type { PaymentAttempt } from '@perennial/core/payments'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'
import { type Page, type PageRequest, readRows } from '../../../platform/lists/index.ts'
import { type AttemptRow, toAttempt } from '../rows.ts'

/** An attempt with what its API representation shows besides. */
export type AttemptView = {
  readonly attempt: PaymentAttempt
  readonly transactionId: Uuid | null
  readonly brand: string | null
  readonly last4: string | null
}

export type AttemptFilter = {
  readonly invoiceId: Uuid | null
  readonly subscriptionId: Uuid | null
  readonly paymentIntentId: Uuid | null
  readonly transactionId: Uuid | null
}

export async function listAttemptViews(
  tx: Tx,
  list: { readonly accountId: Uuid; readonly filter: AttemptFilter; readonly page: PageRequest },
): Promise<Pick<Page<AttemptView>, 'rows' | 'hasMore'>> {
  const { accountId, filter, page } = list
  const { invoiceId, subscriptionId, paymentIntentId, transactionId } = filter
  const filters = [
    ...(invoiceId === null ? [] : [sql`invoice_id = ${invoiceId}`]),
    ...(paymentIntentId === null ? [] : [sql`payment_intent_id = ${paymentIntentId}`]),
    ...(transactionId === null
      ? []
      : [
          sql`id = (select t.attempt_id from transactions t
                     where t.account_id = ${accountId} and t.id = ${transactionId})`,
        ]),
    // By way of its invoices, which have an index: attempts are too many for one that only this list would use.
    ...(subscriptionId === null
      ? []
      : [
          sql`invoice_id = any (array(
                select i.id from invoices i
                 where i.account_id = ${accountId} and i.subscription_id = ${subscriptionId}))`,
        ]),
  ]
  const read = { select: '*', table: 'payment_attempts', accountId, filters, page }
  const found = await readRows<AttemptRow>(tx, read)
  return { ...found, rows: await toViews(tx, accountId, found.rows) }
}

export async function findAttemptView(
  tx: Tx,
  key: { readonly accountId: Uuid; readonly id: Uuid },
): Promise<AttemptView | null> {
  const { rows } = await sql<AttemptRow>`
    select * from payment_attempts where account_id = ${key.accountId} and id = ${key.id}`.execute(
    tx,
  )
  const [view] = await toViews(tx, key.accountId, rows)
  return view ?? null
}

type Besides = {
  readonly id: Uuid
  readonly transaction_id: Uuid | null
  readonly brand: string | null
  readonly last4: string | null
}

async function toViews(
  tx: Tx,
  accountId: Uuid,
  rows: readonly AttemptRow[],
): Promise<AttemptView[]> {
  if (rows.length === 0) return []
  const ids = rows.map((row) => row.id)
  const methodIds = rows.map((row) => row.payment_method_id)
  const { rows: besides } = await sql<Besides>`
    select a.id, t.id as transaction_id, m.card_brand as brand,
           coalesce(m.card_last4, m.bank_last4) as last4
      from unnest(${ids}::uuid[], ${methodIds}::uuid[]) as a (id, method_id)
      left join transactions t on t.account_id = ${accountId} and t.attempt_id = a.id
      left join payment_methods m on m.account_id = ${accountId} and m.id = a.method_id`.execute(tx)
  const byId = new Map(besides.map((row) => [row.id, row]))
  return rows.map((row) => ({
    attempt: toAttempt(row),
    transactionId: byId.get(row.id)?.transaction_id ?? null,
    brand: byId.get(row.id)?.brand ?? null,
    last4: byId.get(row.id)?.last4 ?? null,
  }))
}
