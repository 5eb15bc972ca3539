import type { Uuid } from '@perennial/core/ids'
import type { PaymentAttempt } from '@perennial/core/payments'
import { sql, type RawBuilder } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'
import { readRows, windowFilters, type PageRequest } from '../../../platform/lists/index.ts'
import { toAttempt, type AttemptRow } from '../rows.ts'
import type { PaymentFilter } from './payment-views.ts'

/** A charge that its gateway calls under way, such as a bank debit until its money has come; or one that was called off then. */
export type ChargeUnderWay = {
  readonly attempt: PaymentAttempt
  readonly methodType: string | null
  readonly brand: string | null
  readonly last4: string | null
}

type Found = { readonly rows: readonly ChargeUnderWay[]; readonly hasMore: boolean }

/** Newest first. */
export async function listChargesUnderWay(
  tx: Tx,
  accountId: Uuid,
  filter: PaymentFilter,
  page: PageRequest,
): Promise<Found> {
  const { customerId, invoiceId, status, channel } = filter
  if (status !== null && status !== 'pending') return { rows: [], hasMore: false }
  const window = { column: 'created_at', from: filter.createdFrom, to: filter.createdTo }
  const filters = [
    sql`state = 'pending'`,
    sql`operation = 'charge'`,
    ...(customerId === null ? [] : [sql`customer_id = ${customerId}`]),
    ...(invoiceId === null ? [] : [sql`invoice_id = ${invoiceId}`]),
    ...(channel === null ? [] : [isThrough(accountId, channel)]),
    ...windowFilters(window),
  ]
  const read = { select: '*', table: 'payment_attempts', accountId, filters, page }
  const found = await readRows<AttemptRow>(tx, read)
  return { ...found, rows: await withMethods(tx, accountId, found.rows) }
}

/** Gateways charge cards and bank accounts: nothing else is under way there. */
function isThrough(accountId: Uuid, channel: string): RawBuilder<unknown> {
  const methodType = sql`(select m.type from payment_methods m
                           where m.account_id = ${accountId} and m.id = payment_method_id)`
  switch (channel) {
    case 'card_not_present':
      return sql`${methodType} = 'card'`
    case 'bank_transfer':
      return sql`${methodType} <> 'card'`
    default:
      return sql`false`
  }
}

/** By its own id, or by that of its payment intent. */
export async function findChargeUnderWay(
  tx: Tx,
  accountId: Uuid,
  id: Uuid,
): Promise<ChargeUnderWay | null> {
  const { rows } = await sql<AttemptRow>`
    select * from payment_attempts
     where account_id = ${accountId} and (id = ${id} or payment_intent_id = ${id})
       and operation = 'charge' and state in ('pending', 'canceled')
     order by id desc
     limit 1`.execute(tx)
  const [found] = await withMethods(tx, accountId, rows)
  return found ?? null
}

async function withMethods(
  tx: Tx,
  accountId: Uuid,
  rows: readonly AttemptRow[],
): Promise<ChargeUnderWay[]> {
  if (rows.length === 0) return []
  const ids = rows.map((row) => row.payment_method_id)
  const { rows: methods } = await sql<{
    readonly id: Uuid
    readonly type: string
    readonly card_brand: string | null
    readonly card_last4: string | null
  }>`
    select id, type, card_brand, card_last4 from payment_methods
     where account_id = ${accountId} and id = any(${ids}::uuid[])`.execute(tx)
  const methodOf = new Map(methods.map((method) => [method.id, method]))
  return rows.map((row) => {
    const method = methodOf.get(row.payment_method_id)
    return {
      attempt: toAttempt(row),
      methodType: method?.type ?? null,
      brand: method?.card_brand ?? null,
      last4: method?.card_last4 ?? null,
    }
  })
}
