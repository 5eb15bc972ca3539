import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import { parseCurrency } from '@perennial/core/money'
import type { Instant } from '@perennial/core/time'
import { type RawBuilder, sql } from 'kysely'
import { COLUMN_TYPES, type Tx, asOwner, insertMany, updateMany } from '../../platform/db/index.ts'
import {
  type Page,
  type PageRequest,
  type PagedRead,
  readPage,
  searchPage,
} from '../../platform/lists/index.ts'
import type { JsonObject } from '../../platform/wire/index.ts'
import type { Customer } from './customer.ts'

type CustomerKey = { readonly accountId: Uuid; readonly id: Uuid }

type CustomerRow = {
  readonly id: Uuid
  readonly email: string
  readonly name: string | null
  readonly phone: string | null
  readonly company_name: string | null
  readonly address_line1: string | null
  readonly address_line2: string | null
  readonly city: string | null
  readonly state: string | null
  readonly postal_code: string | null
  readonly country: string | null
  readonly currency: string | null
  readonly tax_id: string | null
  readonly metadata: JsonObject
  readonly custom_fields: JsonObject
  readonly created_at: Instant
  readonly updated_at: Instant
  readonly deleted_at: Instant | null
}

const COLUMNS = `id, email, name, phone, company_name, address_line1, address_line2, city, state, postal_code, country,
  currency, tax_id, metadata, custom_fields, created_at, updated_at, deleted_at`

export async function insertCustomers(
  tx: Tx,
  accountId: Uuid,
  customers: readonly Customer[],
): Promise<void> {
  const rows = customers.map((customer) => ({
    account_id: accountId,
    id: customer.id,
    ...toColumns(customer),
  }))
  await insertMany(tx, 'customers', rows, COLUMN_TYPES.customers)
}

/** Writes what a locked customer has become. */
export async function updateCustomerRow(
  tx: Tx,
  accountId: Uuid,
  customer: Customer,
): Promise<void> {
  const rows = [{ account_id: accountId, id: customer.id, ...toColumns(customer) }]
  await updateMany(tx, 'customers', rows, COLUMN_TYPES.customers)
}

/** Deleted customers too: who may see them is the caller's to say. */
export async function findCustomer(tx: Tx, key: CustomerKey): Promise<Customer | null> {
  return selectCustomer(tx, key, sql``)
}

/** Of the customers named, those that exist; deleted ones too. */
export async function findCustomers(
  tx: Tx,
  accountId: Uuid,
  ids: readonly Uuid[],
): Promise<Customer[]> {
  const { rows } = await sql<CustomerRow>`
    select ${sql.raw(COLUMNS)} from customers where account_id = ${accountId} and id = any(${ids}::uuid[])`.execute(
    tx,
  )
  return rows.map(toCustomer)
}

/** Who has an e-mail address, in any letter case, and is not deleted. */
export async function findCustomerByEmail(
  tx: Tx,
  key: { readonly accountId: Uuid; readonly email: string },
): Promise<Uuid | null> {
  // `lower(email)` has an index that row level security would keep from being used.
  const { rows } = await asOwner(tx, () =>
    sql<{ readonly id: Uuid }>`
      select id from customers
       where account_id = ${key.accountId} and lower(email) = lower(${key.email}) and deleted_at is null`.execute(
      tx,
    ),
  )
  return rows[0]?.id ?? null
}

/**
 * Holds the customer as it is until the transaction ends; null when deleted or unknown. Rows that only refer to it are
 * written meanwhile: whoever writes them may hold what the caller waits for.
 */
export async function lockCustomer(tx: Tx, key: CustomerKey): Promise<Customer | null> {
  return selectCustomer(tx, key, sql`and deleted_at is null for no key update`)
}

/** Keeps the customer from being deleted until the transaction ends; others may hold it likewise. */
export async function lockCustomerShared(tx: Tx, key: CustomerKey): Promise<Customer | null> {
  return selectCustomer(tx, key, sql`and deleted_at is null for share`)
}

/** The same for several at once, in the order of their ids; the ids of those that are there. */
export async function lockCustomersShared(
  tx: Tx,
  accountId: Uuid,
  ids: readonly Uuid[],
): Promise<ReadonlySet<Uuid>> {
  const { rows } = await sql<{ readonly id: Uuid }>`
    select id from customers
     where account_id = ${accountId} and id = any(${ids}::uuid[]) and deleted_at is null
     order by id
       for share`.execute(tx)
  return new Set(rows.map(({ id }) => id))
}

async function selectCustomer(
  tx: Tx,
  key: CustomerKey,
  rest: RawBuilder<unknown>,
): Promise<Customer | null> {
  const { rows } = await sql<CustomerRow>`
    select ${sql.raw(COLUMNS)} from customers where account_id = ${key.accountId} and id = ${key.id} ${rest}`.execute(
    tx,
  )
  const [row] = rows
  return row === undefined ? null : toCustomer(row)
}

export type CustomerFilter = {
  readonly search: string | null
  readonly email: string | null
  readonly includeDeleted: boolean
}

export async function listCustomers(
  tx: Tx,
  list: { readonly accountId: Uuid; readonly filter: CustomerFilter; readonly page: PageRequest },
): Promise<Page<Customer>> {
  const { accountId, filter, page } = list
  const filters: RawBuilder<unknown>[] = []
  if (!filter.includeDeleted) filters.push(sql`deleted_at is null`)
  if (filter.email !== null) filters.push(sql`lower(email) = lower(${filter.email})`)
  const read = { select: COLUMNS, table: 'customers', accountId, filters, page }
  const found =
    filter.search === null
      ? await readByEmailOrAll(tx, read, filter)
      : await searchPage<CustomerRow>(tx, { ...read, text: filter.search })
  return { ...found, rows: found.rows.map(toCustomer) }
}

/** `lower(email)` has an index that row level security would keep from being used. */
function readByEmailOrAll(
  tx: Tx,
  read: PagedRead,
  filter: CustomerFilter,
): Promise<Page<CustomerRow>> {
  const readAll = () => readPage<CustomerRow>(tx, read)
  return filter.email === null ? readAll() : asOwner(tx, readAll)
}

function toCustomer(row: CustomerRow): Customer {
  const currency = row.currency === null ? null : parseCurrency(row.currency)
  assert(currency !== null || row.currency === null, `customer ${row.id} has a known currency`)
  return {
    id: row.id,
    email: row.email,
    name: row.name,
    phone: row.phone,
    companyName: row.company_name,
    addressLine1: row.address_line1,
    addressLine2: row.address_line2,
    city: row.city,
    state: row.state,
    postalCode: row.postal_code,
    country: row.country,
    currency,
    taxId: row.tax_id,
    metadata: row.metadata,
    customFields: row.custom_fields,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    deletedAt: row.deleted_at,
  }
}

function toColumns(customer: Customer) {
  return {
    email: customer.email,
    name: customer.name,
    phone: customer.phone,
    company_name: customer.companyName,
    address_line1: customer.addressLine1,
    address_line2: customer.addressLine2,
    city: customer.city,
    state: customer.state,
    postal_code: customer.postalCode,
    country: customer.country,
    currency: customer.currency,
    tax_id: customer.taxId,
    metadata: customer.metadata,
    custom_fields: customer.customFields,
    created_at: customer.createdAt,
    updated_at: customer.updatedAt,
    deleted_at: customer.deletedAt,
  }
}
