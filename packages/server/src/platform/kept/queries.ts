import type { Uuid } from '@perennial/core/ids'
import { type Insertable, type Selectable, sql } from 'kysely'
import { COLUMN_TYPES, type DB, insertMany, type Tx, updateMany } from '../db/index.ts'
import { type Page, type PageRequest, readChoicesPage } from '../lists/index.ts'

/** What a merchant sets up: archived and never lost where bills name it, else deleted once nothing uses it. */
export type KeptTable =
  | 'discounts'
  | 'tax_rates'
  | 'shipping_profiles'
  | 'salvage_profiles'
  | 'gateway_groups'
  | 'bin_profiles'
  | 'payment_profiles'
export type KeptRow<T extends KeptTable> = Selectable<DB[T]> & {
  readonly account_id: Uuid
  readonly id: Uuid
  readonly version: number
}

type KeptStatus = 'active' | 'inactive' | 'archived'

export function statusOf(isActive: boolean): KeptStatus {
  return isActive ? 'active' : 'inactive'
}

type KeptKey<T extends KeptTable> = {
  readonly table: T
  readonly accountId: Uuid
  readonly id: Uuid
}

export async function insertKept<T extends KeptTable>(
  tx: Tx,
  table: T,
  row: Readonly<Insertable<DB[T]>>,
): Promise<void> {
  await insertMany(tx, table, [row], COLUMN_TYPES[table])
}

/** Writes what a locked row has become. */
export async function updateKept<T extends KeptTable>(
  tx: Tx,
  table: T,
  row: Readonly<Insertable<DB[T]>>,
): Promise<void> {
  await updateMany(tx, table, [row], COLUMN_TYPES[table])
}

export async function findKept<T extends KeptTable>(
  tx: Tx,
  key: KeptKey<T>,
): Promise<KeptRow<T> | null> {
  const [row] = await findManyKept(tx, { ...key, ids: [key.id] })
  return row ?? null
}

export async function findManyKept<T extends KeptTable>(
  tx: Tx,
  keys: { readonly table: T; readonly accountId: Uuid; readonly ids: readonly Uuid[] },
): Promise<readonly KeptRow<T>[]> {
  if (keys.ids.length === 0) return []
  const { rows } = await sql<KeptRow<T>>`
    select * from ${sql.table(keys.table)}
     where account_id = ${keys.accountId} and id = any(${keys.ids}::uuid[])`.execute(tx)
  return rows
}

export async function lockKept<T extends KeptTable>(
  tx: Tx,
  key: KeptKey<T>,
): Promise<KeptRow<T> | null> {
  const { rows } = await sql<KeptRow<T>>`
    select * from ${sql.table(key.table)}
     where account_id = ${key.accountId} and id = ${key.id}
       for update`.execute(tx)
  return rows[0] ?? null
}

/** Newest first; a status is read as a list of its own, because its rows may be rare. */
export async function listKept<T extends KeptTable>(
  tx: Tx,
  list: {
    readonly table: T
    readonly accountId: Uuid
    readonly statuses: readonly KeptStatus[]
    readonly page: PageRequest
  },
): Promise<Page<KeptRow<T>>> {
  const { statuses, ...read } = list
  const choices = { columns: ['status'], combinations: statuses.map((status) => [status]) }
  return readChoicesPage<KeptRow<T>>(tx, { ...read, select: '*', filters: [], choices })
}

export async function removeKept(tx: Tx, key: KeptKey<KeptTable>): Promise<void> {
  await sql`
    delete from ${sql.table(key.table)}
     where account_id = ${key.accountId} and id = ${key.id}`.execute(tx)
}
