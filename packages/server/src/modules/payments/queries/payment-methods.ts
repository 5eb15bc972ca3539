import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { type Selectable, sql } from 'kysely'
import { type DB, type Tx, insertMany, updateMany } from '../../../platform/db/index.ts'
import {
  type Page,
  type PageRequest,
  readChoices,
  readRows,
} from '../../../platform/lists/index.ts'
import type { JsonObject } from '../../../platform/wire/index.ts'
import type { BillingDetails, MethodMandate, PaymentMethod } from '../methods/payment-method.ts'
import { updaterAskAt } from './updater-asks.ts'

type MethodRow = Selectable<DB['payment_methods']> & { readonly mandate: MethodMandate | null }
type MethodKey = { readonly accountId: Uuid; readonly id: Uuid }

/** The columns of a method, and the latest mandate that it is debited under. */
const COLUMNS = `payment_methods.*,
  (select jsonb_build_object('id', m.id, 'status', m.status, 'ref', m.mandate_ref, 'sortCodeLast2', m.sort_code_last2)
     from mandates m
    where m.account_id = payment_methods.account_id and m.payment_method_id = payment_methods.id
    order by m.id desc limit 1) as mandate`

/** A method with its token at the gateway that made it. */
export async function insertMethod(
  tx: Tx,
  accountId: Uuid,
  method: PaymentMethod,
  given: {
    readonly tokens: readonly { readonly gatewayId: Uuid; readonly token: string }[]
    readonly cardBin: string | null
  },
): Promise<void> {
  const updater_ask_at = updaterAskAt(method, method.createdAt)
  const described = { ...toMethodRow(accountId, method), card_bin: given.cardBin, updater_ask_at }
  await insertMany(tx, 'payment_methods', [described])
  const rows = given.tokens.map(({ gatewayId, token }) => ({
    account_id: accountId,
    payment_method_id: method.id,
    gateway_id: gatewayId,
    token,
  }))
  await insertMany(tx, 'payment_method_tokens', rows)
}

/** Writes what a locked method has become. */
export async function updateMethod(tx: Tx, accountId: Uuid, method: PaymentMethod): Promise<void> {
  // A new end of a card is told of, and its updater asked, anew.
  await sql`
    update payment_methods set card_notices = 0, updater_ask_at = ${updaterAskAt(method, method.updatedAt)}
     where account_id = ${accountId} and id = ${method.id}
       and (card_exp_year, card_exp_month) is distinct from (${method.expYear}::int, ${method.expMonth}::int)`.execute(
    tx,
  )
  await updateMany(tx, 'payment_methods', [toMethodRow(accountId, method)])
}

/** Since when a card's data, and its number, are as they are; the first digits of a number that is gone go with it. */
export async function noteCardData(
  tx: Tx,
  card: MethodKey & { readonly at: Instant; readonly isNewNumber: boolean },
): Promise<void> {
  await sql`
    update payment_methods
       set card_data_at = ${card.at},
           card_bin = case when ${card.isNewNumber} then null else card_bin end,
           card_number_at = case when ${card.isNewNumber} then ${card.at}::timestamptz else card_number_at end
     where account_id = ${card.accountId} and id = ${card.id} and type = 'card'`.execute(tx)
}

/** The same for many, of which at most one a customer is the default, and no other one before. */
export async function updateMethods(
  tx: Tx,
  accountId: Uuid,
  methods: readonly PaymentMethod[],
): Promise<void> {
  await updateMany(
    tx,
    'payment_methods',
    methods.map((method) => toMethodRow(accountId, method)),
  )
}

/**
 * Takes the default away from whichever methods of these customers have it, so that others may be given it: an index allows
 * one a customer, row by row.
 */
export async function clearDefaultMethods(
  tx: Tx,
  of: { readonly accountId: Uuid; readonly customerIds: readonly Uuid[] },
): Promise<void> {
  await sql`
    update payment_methods set is_default = false
     where account_id = ${of.accountId} and customer_id = any(${of.customerIds}::uuid[]) and is_default`.execute(
    tx,
  )
}

export async function findMethod(tx: Tx, key: MethodKey): Promise<PaymentMethod | null> {
  const { rows } = await sql<MethodRow>`
    select ${sql.raw(COLUMNS)} from payment_methods where account_id = ${key.accountId} and id = ${key.id}`.execute(
    tx,
  )
  return rows[0] === undefined ? null : toMethod(rows[0])
}

/** The caller holds the customer's lock, which comes first everywhere. */
export async function lockMethod(tx: Tx, key: MethodKey): Promise<PaymentMethod | null> {
  const { rows } = await sql<MethodRow>`
    select ${sql.raw(COLUMNS)} from payment_methods
     where account_id = ${key.accountId} and id = ${key.id}
       for update`.execute(tx)
  return rows[0] === undefined ? null : toMethod(rows[0])
}

/** All that these customers have not detached. Their own locks, or shares in them, come first here too. */
export async function lockMethodsOf(
  tx: Tx,
  of: { readonly accountId: Uuid; readonly customerIds: readonly Uuid[] },
): Promise<PaymentMethod[]> {
  const { rows } = await sql<MethodRow>`
    select ${sql.raw(COLUMNS)} from payment_methods
     where account_id = ${of.accountId} and customer_id = any(${of.customerIds}::uuid[]) and status <> 'inactive'
     order by id
       for update`.execute(tx)
  return rows.map(toMethod)
}

/** The methods of a customer that are not detached, in their order and then the newest first, at most `limit`. */
export async function listActiveMethods(
  tx: Tx,
  of: { readonly accountId: Uuid; readonly customerId: Uuid; readonly limit: number },
): Promise<PaymentMethod[]> {
  const { rows } = await sql<MethodRow>`
    select ${sql.raw(COLUMNS)} from payment_methods
     where account_id = ${of.accountId} and customer_id = ${of.customerId} and status <> 'inactive'
     order by priority nulls last, id desc
     limit ${of.limit}`.execute(tx)
  return rows.map(toMethod)
}

/** Whether a customer has a card on file, and when one was last paid with. */
export async function findCardUse(
  tx: Tx,
  of: { readonly accountId: Uuid; readonly customerId: Uuid },
): Promise<{ readonly hasCard: boolean; readonly cardLastUsedAt: Instant | null }> {
  const { rows } = await sql<{ readonly has_card: boolean; readonly last_used_at: Instant | null }>`
    select exists (
             select 1 from payment_methods
              where account_id = ${of.accountId} and customer_id = ${of.customerId}
                and type = 'card' and status = 'active') as has_card,
           (select created_at from transactions
             where account_id = ${of.accountId} and customer_id = ${of.customerId}
               and status = 'succeeded' and payment_method_type = 'card'
             order by id desc limit 1) as last_used_at`.execute(tx)
  const [row] = rows
  return { hasCard: row?.has_card ?? false, cardLastUsedAt: row?.last_used_at ?? null }
}

/** The oldest other method of the same customer that stands for the same card or account. */
export async function findTwin(
  tx: Tx,
  accountId: Uuid,
  method: PaymentMethod,
): Promise<Uuid | null> {
  if (method.fingerprint === null) return null
  const { rows } = await sql<{ readonly id: Uuid }>`
    select id from payment_methods
     where account_id = ${accountId} and customer_id = ${method.customerId} and id <> ${method.id}
       and fingerprint = ${method.fingerprint} and status <> 'inactive'
     order by id
     limit 1`.execute(tx)
  return rows[0]?.id ?? null
}

export type MethodFilter = { readonly customerId: Uuid | null; readonly type: string | null }

export async function listMethods(
  tx: Tx,
  list: { readonly accountId: Uuid; readonly filter: MethodFilter; readonly page: PageRequest },
): Promise<Pick<Page<PaymentMethod>, 'rows' | 'hasMore'>> {
  const found = await readMethods(tx, list)
  return { ...found, rows: found.rows.map(toMethod) }
}

async function readMethods(
  tx: Tx,
  list: { readonly accountId: Uuid; readonly filter: MethodFilter; readonly page: PageRequest },
): Promise<Pick<Page<MethodRow>, 'rows' | 'hasMore'>> {
  const { accountId, filter, page } = list
  const { customerId, type } = filter
  const base = { select: COLUMNS, table: 'payment_methods', accountId, page } as const
  if (customerId !== null) {
    const filters = type === null ? [] : [sql`type = ${type}`]
    return readRows(tx, { ...base, filters: [sql`customer_id = ${customerId}`, ...filters] })
  }
  if (type === null) return readRows(tx, { ...base, filters: [] })
  const choices = { columns: ['type'], combinations: [[type]] }
  return readChoices(tx, { ...base, filters: [], choices })
}

function toMethod(row: MethodRow): PaymentMethod {
  assert(row.customer_id !== null, `payment method ${row.id} has, or had, a customer`)
  return {
    id: row.id,
    customerId: row.customer_id,
    type: row.type,
    status: row.status,
    isDefault: row.is_default,
    brand: row.card_brand,
    last4: row.card_last4 ?? row.bank_last4,
    expMonth: row.card_exp_month,
    expYear: row.card_exp_year,
    funding: row.card_funding,
    country: row.card_country,
    bankName: row.bank_name,
    routingLast4: row.bank_routing_last4,
    bankAccountType: row.bank_account_type,
    fingerprint: row.fingerprint,
    wallet: row.wallet,
    priority: row.priority,
    mandate: row.mandate,
    billingDetails: row.billing_details as BillingDetails | null,
    metadata: row.metadata as JsonObject,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

function toMethodRow(accountId: Uuid, method: PaymentMethod) {
  const isCard = method.type === 'card'
  return {
    account_id: accountId,
    id: method.id,
    customer_id: method.customerId,
    type: method.type,
    status: method.status,
    is_default: method.isDefault,
    card_brand: method.brand,
    card_last4: isCard ? method.last4 : null,
    card_exp_month: method.expMonth,
    card_exp_year: method.expYear,
    card_funding: method.funding,
    card_country: method.country,
    bank_name: method.bankName,
    bank_last4: isCard ? null : method.last4,
    bank_routing_last4: method.routingLast4,
    bank_account_type: method.bankAccountType,
    fingerprint: method.fingerprint,
    wallet: method.wallet,
    priority: method.priority,
    billing_details: method.billingDetails,
    metadata: method.metadata,
    created_at: method.createdAt,
    updated_at: method.updatedAt,
  }
}
