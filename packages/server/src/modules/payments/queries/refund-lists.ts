import type { Uuid } from '@perennial/core/ids'
import type { PaymentVoid, Refund } from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'
import {
  readChoicesPage,
  readPage,
  readWindowPage,
  windowFilters,
  type Page,
  type PageRequest,
} from '../../../platform/lists/index.ts'
import { toPaymentVoid, toRefund, type RefundRow, type VoidRow } from '../refunds/rows.ts'

export type ReversalFilter = {
  readonly status: string | null
  readonly paymentId: Uuid | null
  /** Null = whichever. */
  readonly gatewayId: Uuid | null
  readonly createdFrom: Instant | null
  readonly createdTo: Instant | null
}

type RefundFilter = ReversalFilter & {
  readonly reason: string | null
  readonly invoiceId: Uuid | null
}

/** Newest first: a payment's or an invoice's are few; a status, a reason or a gateway is read as one short list. */
export async function listRefunds(
  tx: Tx,
  accountId: Uuid,
  filter: RefundFilter,
  page: PageRequest,
): Promise<Page<Refund>> {
  const { status, reason, invoiceId } = filter
  const kinds = [
    ...(status === null ? [] : [{ column: 'status', value: status }]),
    ...(reason === null ? [] : [{ column: 'reason', value: reason }]),
  ]
  const listing = { accountId, table: 'refunds', kinds, filter, invoiceId, page } as const
  const found = await read<RefundRow>(tx, listing)
  return { ...found, rows: found.rows.map(toRefund) }
}

export async function listVoids(
  tx: Tx,
  accountId: Uuid,
  filter: ReversalFilter,
  page: PageRequest,
): Promise<Page<PaymentVoid>> {
  const { status } = filter
  const kinds = status === null ? [] : [{ column: 'status', value: status }]
  const listing = { accountId, table: 'voids', kinds, filter, invoiceId: null, page } as const
  const found = await read<VoidRow>(tx, listing)
  return { ...found, rows: found.rows.map(toPaymentVoid) }
}

type Listing = {
  readonly accountId: Uuid
  readonly table: 'refunds' | 'voids'
  readonly kinds: readonly { readonly column: string; readonly value: string }[]
  readonly filter: ReversalFilter
  readonly invoiceId: Uuid | null
  readonly page: PageRequest
}

function read<Row>(tx: Tx, listing: Listing): Promise<Page<Row>> {
  const { accountId, table, kinds, filter, invoiceId, page } = listing
  const { paymentId, gatewayId, createdFrom, createdTo } = filter
  const base = { select: '*', table, accountId, page } as const
  const window = { column: 'created_at', from: createdFrom, to: createdTo }
  const owner = [
    ...(paymentId === null ? [] : [sql`transaction_id = ${paymentId}`]),
    ...(invoiceId === null ? [] : [sql`invoice_id = ${invoiceId}`]),
    ...(gatewayId === null ? [] : [sql`gateway_id = ${gatewayId}`]),
  ]
  const kindFilters = kinds.map(({ column, value }) => sql`${sql.ref(column)} = ${value}`)
  const filters = [...owner, ...kindFilters]
  if (paymentId !== null || invoiceId !== null)
    return readPage(tx, { ...base, filters: [...filters, ...windowFilters(window)] })
  if (createdFrom !== null || createdTo !== null)
    return readWindowPage(tx, { ...base, filters, window })
  const [first] = kinds
  if (first === undefined || gatewayId !== null) return readPage(tx, { ...base, filters })
  const choices = { columns: [first.column], combinations: [[first.value]] }
  return readChoicesPage(tx, { ...base, filters: kindFilters.slice(1), choices })
}
