import type { Uuid } from '@perennial/core/ids'
import type { PaymentIntent, Sale } from '@perennial/core/payments'
import { formatInstant, type Instant } from '@perennial/core/time'
import { sql, type RawBuilder } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'
import {
  readChoices,
  readChoicesPage,
  readPage,
  readRows,
  readWindow,
  readWindowPage,
  windowFilters,
  type Page,
  type PageRequest,
  type Window,
} from '../../../platform/lists/index.ts'
import { toSale } from '../refunds/rows.ts'
import { toIntent, type IntentRow, type TransactionRow } from '../rows.ts'

export type PaymentFilter = {
  readonly customerId: Uuid | null
  readonly invoiceId: Uuid | null
  readonly status: string | null
  readonly channel: string | null
  readonly createdFrom: Instant | null
  readonly createdTo: Instant | null
}

type Rows<Row> = Pick<Page<Row>, 'rows' | 'hasMore'>

const NOTHING = { rows: [], hasMore: false }
const SALE_STATUSES = ['pending', 'succeeded', 'failed', 'voided']

/** Sales, newest first, as one short list a status; those that were refunded have an index of their own. */
export async function listSales(
  tx: Tx,
  accountId: Uuid,
  filter: PaymentFilter,
  page: PageRequest,
): Promise<Rows<TransactionRow>> {
  const { customerId, invoiceId, channel } = filter
  const status = filter.status === 'captured' ? 'succeeded' : filter.status
  if (status === 'authorized' || channel === 'card_present') return NOTHING
  const base = { select: '*', table: 'transactions', accountId, page } as const
  const isSale = sql`type = 'sale'`
  const kind = [...statusFilters(status), ...channelFilters(channel)]
  const owner = [
    ...(customerId === null ? [] : [sql`customer_id = ${customerId}`]),
    ...(invoiceId === null ? [] : [sql`invoice_id = ${invoiceId}`]),
  ]
  const window = { column: 'created_at', from: filter.createdFrom, to: filter.createdTo }
  if (owner.length > 0)
    return readRows(tx, { ...base, filters: [...owner, isSale, ...kind, ...windowFilters(window)] })
  if (window.from !== null || window.to !== null)
    return readWindow(tx, { ...base, filters: [isSale, ...kind], window })
  const isListed = status === null || SALE_STATUSES.includes(status)
  if (!isListed || (channel !== null && channel !== 'card_not_present'))
    return readRows(tx, { ...base, filters: [isSale, ...kind] })
  const statuses = status === null ? SALE_STATUSES : [status]
  const combinations = statuses.map((each) => ['sale', each])
  const choices = { columns: ['type', 'status'], combinations }
  return readChoices(tx, { ...base, filters: kind, choices })
}

function statusFilters(status: string | null): RawBuilder<unknown>[] {
  switch (status) {
    case null:
      return []
    case 'refunded':
    case 'partially_refunded':
      return [isRefunded(status)]
    case 'succeeded':
      return [sql`status = 'succeeded' and refunded_minor = 0`]
    default:
      return [sql`status = ${status}`]
  }
}

function channelFilters(channel: string | null): RawBuilder<unknown>[] {
  switch (channel) {
    case null:
    case 'card_not_present':
      return channel === null ? [] : [sql`coalesce(payment_method_type, 'card') = 'card'`]
    case 'bank_transfer':
      return [
        sql`payment_method_type <> 'card'`,
        sql`payment_method_type in ('us_bank_account', 'bank_account', 'bacs_direct_debit', 'bank_transfer')`,
      ]
    default:
      return [
        sql`payment_method_type <> 'card'`,
        sql`payment_method_type in ('cash', 'check', 'other')`,
      ]
  }
}

/** Intents that hold an authorisation, newest first. */
export async function listHeldIntents(
  tx: Tx,
  accountId: Uuid,
  filter: PaymentFilter,
  page: PageRequest,
): Promise<Rows<PaymentIntent>> {
  const { customerId, invoiceId, status, channel } = filter
  const isWanted =
    invoiceId === null &&
    (status === null || status === 'authorized') &&
    (channel === null || channel === 'card_not_present')
  if (!isWanted) return NOTHING
  const window = { column: 'created_at', from: filter.createdFrom, to: filter.createdTo }
  const filters = [
    sql`amount_capturable_minor > 0`,
    ...(customerId === null ? [] : [sql`customer_id = ${customerId}`]),
    ...windowFilters(window),
  ]
  const base = { select: '*', table: 'payment_intents', accountId, page } as const
  const found = await readRows<IntentRow>(tx, { ...base, filters })
  return { ...found, rows: found.rows.map(toIntent) }
}

/** What a gateway holds, or held, for an intent. */
export type Hold = {
  readonly intentId: Uuid
  readonly amountMinor: bigint
  readonly gatewayId: Uuid
  readonly gatewayReference: string | null
  readonly methodType: string | null
  readonly brand: string | null
  readonly last4: string | null
  readonly authorizedAt: Instant | null
}

/** The authorisations of intents that have one, by intent. */
export async function listHolds(
  tx: Tx,
  accountId: Uuid,
  intentIds: readonly Uuid[],
): Promise<ReadonlyMap<Uuid, Hold>> {
  if (intentIds.length === 0) return new Map()
  const { rows } = await sql<Hold>`
    select distinct on (a.payment_intent_id) a.payment_intent_id as "intentId", a.amount_minor as "amountMinor",
           a.gateway_id as "gatewayId", a.gateway_reference as "gatewayReference", m.type as "methodType",
           m.card_brand as brand, m.card_last4 as last4, a.settled_at as "authorizedAt"
      from payment_attempts a
      left join payment_methods m on m.account_id = ${accountId} and m.id = a.payment_method_id
     where a.account_id = ${accountId} and a.payment_intent_id = any(${intentIds}::uuid[])
       and a.operation = 'authorize' and a.state = 'succeeded'
     order by a.payment_intent_id, a.id desc`.execute(tx)
  return new Map(rows.map((row) => [row.intentId, row]))
}

/** The latest sale of an intent, refused ones included. */
export async function findLatestSaleRow(
  tx: Tx,
  accountId: Uuid,
  intentId: Uuid,
): Promise<TransactionRow | null> {
  const { rows } = await sql<TransactionRow>`
    select t.* from payment_attempts a
      join transactions t on t.account_id = a.account_id and t.attempt_id = a.id
     where a.account_id = ${accountId} and a.payment_intent_id = ${intentId} and t.type = 'sale'
     order by a.id desc
     limit 1`.execute(tx)
  return rows[0] ?? null
}

export async function findSaleRow(
  tx: Tx,
  accountId: Uuid,
  id: Uuid,
): Promise<TransactionRow | null> {
  const { rows } = await sql<TransactionRow>`
    select * from transactions where account_id = ${accountId} and id = ${id} and type = 'sale'`.execute(
    tx,
  )
  return rows[0] ?? null
}

/** The money that each intent has taken: one sale at most. */
export async function listSalesOfIntents(
  tx: Tx,
  accountId: Uuid,
  intentIds: readonly Uuid[],
): Promise<Sale[]> {
  const { rows } = await sql<TransactionRow>`
    select t.* from payment_attempts a
      join transactions t on t.account_id = a.account_id and t.attempt_id = a.id
     where a.account_id = ${accountId} and a.payment_intent_id = any(${intentIds}::uuid[])
       and t.type = 'sale' and t.status in ('succeeded', 'voided')`.execute(tx)
  return rows.map((row) => toSale(row))
}

export type ChargeFilter = {
  readonly customerId: Uuid | null
  readonly status: string | null
  readonly createdFrom: Instant | null
  readonly createdTo: Instant | null
}

type RefundedStatus = 'refunded' | 'partially_refunded'

/** What a charge's status says about its intent. */
const INTENT_STATUS: Readonly<Record<string, readonly string[]>> = {
  pending: ['requires_confirmation', 'requires_action'],
  processing: ['processing'],
  succeeded: ['succeeded'],
  failed: ['requires_payment_method'],
  voided: ['canceled'],
}

export async function listCharges(
  tx: Tx,
  accountId: Uuid,
  filter: ChargeFilter,
  page: PageRequest,
): Promise<Page<PaymentIntent>> {
  const { customerId, status } = filter
  const statuses = status === null ? null : (INTENT_STATUS[status] ?? null)
  const refunded = status === 'refunded' || status === 'partially_refunded' ? status : null
  const window = { column: 'created_at', from: filter.createdFrom, to: filter.createdTo }
  const kind = [
    ...(statuses === null ? [] : [sql`status = any(${statuses}::text[])`]),
    ...(refunded === null ? [] : [isRefundedIntent(accountId, refunded)]),
  ]
  const base = { select: '*', table: 'payment_intents', accountId, page } as const
  const read = (): Promise<Page<IntentRow>> => {
    if (customerId !== null) {
      const owner = sql`customer_id = ${customerId}`
      return readPage(tx, { ...base, filters: [owner, ...kind, ...windowFilters(window)] })
    }
    if (refunded !== null)
      return readRefundedPage(tx, { accountId, status: refunded, window, page })
    if (window.from !== null || window.to !== null)
      return readWindowPage(tx, { ...base, filters: kind, window })
    if (statuses === null) return readPage(tx, { ...base, filters: [] })
    const choices = { columns: ['status'], combinations: statuses.map((each) => [each]) }
    return readChoicesPage(tx, { ...base, filters: [], choices })
  }
  const found = await read()
  return { ...found, rows: found.rows.map(toIntent) }
}

/** Intents whose money was given back, by way of the few payments that were. */
async function readRefundedPage(
  tx: Tx,
  of: {
    readonly accountId: Uuid
    readonly status: RefundedStatus
    readonly window: Window
    readonly page: PageRequest
  },
): Promise<Page<IntentRow>> {
  const { accountId, status, window, page } = of
  const found = await readPage<{ readonly id: Uuid }>(tx, {
    select: 'payment_intent_id as id',
    table: 'transactions',
    accountId,
    filters: [...refundedFilters(status), ...madeWithin(accountId, window)],
    key: 'payment_intent_id',
    page,
  })
  const ids = found.rows.map(({ id }) => id)
  const { rows } = await sql<IntentRow>`
    select * from payment_intents
     where account_id = ${accountId} and id = any(${ids}::uuid[])
     order by id desc`.execute(tx)
  return { ...found, rows }
}

/** How far ids and instants of intents may differ in their order: a test clock does the work of an hour at once. */
const OUT_OF_ORDER = sql`interval '2 hours'`

/**
 * That the intent of a payment was made in a window, for a walk by the ids of intents. Ids rise with the instants, so that the
 * first and the last intent near the window bound the walk; within it each intent is asked for its own instant.
 */
function madeWithin(accountId: Uuid, { from, to }: Window): RawBuilder<unknown>[] {
  const madeAt = sql`(select i.created_at from payment_intents i
                       where i.account_id = ${accountId} and i.id = payment_intent_id)`
  const at = (instant: Instant) => sql`${formatInstant(instant)}::timestamptz`
  const starts = (start: Instant) => [
    sql`payment_intent_id >= (select i.id from payment_intents i
          where i.account_id = ${accountId} and i.created_at >= ${at(start)} - ${OUT_OF_ORDER}
          order by i.created_at, i.id limit 1)`,
    sql`${madeAt} >= ${at(start)}`,
  ]
  const ends = (end: Instant) => [
    sql`payment_intent_id <= (select i.id from payment_intents i
          where i.account_id = ${accountId} and i.created_at < ${at(end)} + ${OUT_OF_ORDER}
          order by i.created_at desc, i.id desc limit 1)`,
    // A whole second counts to its end.
    sql`${madeAt} < ${at(end)} + interval '1 second'`,
  ]
  return [...(from === null ? [] : starts(from)), ...(to === null ? [] : ends(to))]
}

/** Asked of each intent by itself, so that nothing is gathered: of a customer's few. */
function isRefundedIntent(accountId: Uuid, status: RefundedStatus): RawBuilder<unknown> {
  const filters = sql.join([sql`account_id = ${accountId}`, ...refundedFilters(status)], sql` and `)
  return sql`(select true from transactions
               where ${filters} and payment_intent_id = payment_intents.id limit 1)`
}

/** Of payments of intents. An intent has one at most that took money. */
function refundedFilters(status: RefundedStatus): RawBuilder<unknown>[] {
  return [
    isRefunded(status),
    sql`payment_intent_id is not null`,
    sql`status in ('succeeded', 'voided')`,
  ]
}

/** As the indexes `transactions_refunded…` say it. */
function isRefunded(status: RefundedStatus): RawBuilder<unknown> {
  return sql`refunded_minor > 0 and
    case when refunded_minor = amount_minor then 'refunded' else 'partially_refunded' end = ${status}`
}

/** Gives an intent the caller's key for its charge; the unique index lets one of them through. */
export async function nameCharge(
  tx: Tx,
  charge: { readonly accountId: Uuid; readonly intentId: Uuid; readonly key: string },
): Promise<void> {
  await sql`
    update payment_intents set charge_key = ${charge.key}
     where account_id = ${charge.accountId} and id = ${charge.intentId}`.execute(tx)
}

export async function findIntentByChargeKey(
  tx: Tx,
  accountId: Uuid,
  key: string,
): Promise<Uuid | null> {
  const { rows } = await sql<{ readonly id: Uuid }>`
    select id from payment_intents where account_id = ${accountId} and charge_key = ${key}`.execute(
    tx,
  )
  return rows[0]?.id ?? null
}
