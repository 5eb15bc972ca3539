import type { Uuid } from '@perennial/core/ids'
import type { PaymentIntent } from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import { insertMany, updateMany, type Tx } from '../../../platform/db/index.ts'
import { readRows, type Page, type PageRequest } from '../../../platform/lists/index.ts'
import { toIntent, toIntentRow, toIntentUpdate, type IntentRow } from '../rows.ts'

export async function insertIntents(
  tx: Tx,
  accountId: Uuid,
  intents: readonly PaymentIntent[],
): Promise<void> {
  await insertMany(
    tx,
    'payment_intents',
    intents.map((intent) => toIntentRow(accountId, intent)),
  )
}

export async function updateIntents(
  tx: Tx,
  accountId: Uuid,
  intents: readonly PaymentIntent[],
): Promise<void> {
  await updateMany(
    tx,
    'payment_intents',
    intents.map((intent) => toIntentUpdate(accountId, intent)),
  )
}

export async function lockIntents(
  tx: Tx,
  accountId: Uuid,
  ids: readonly Uuid[],
): Promise<PaymentIntent[]> {
  const { rows } = await sql<IntentRow>`
    select * from payment_intents
     where account_id = ${accountId} and id = any(${ids}::uuid[])
     order by id
       for update`.execute(tx)
  return rows.map(toIntent)
}

export async function findIntent(tx: Tx, accountId: Uuid, id: Uuid): Promise<PaymentIntent | null> {
  const { rows } = await sql<IntentRow>`
    select * from payment_intents where account_id = ${accountId} and id = ${id}`.execute(tx)
  return rows[0] === undefined ? null : toIntent(rows[0])
}

export type IntentFilter = {
  readonly customerId: Uuid | null
  readonly status: string | null
  readonly createdFrom: Instant | null
  readonly createdTo: Instant | null
}

export async function listIntents(
  tx: Tx,
  accountId: Uuid,
  filter: IntentFilter,
  page: PageRequest,
): Promise<Pick<Page<PaymentIntent>, 'rows' | 'hasMore'>> {
  const filters = [
    ...(filter.customerId === null ? [] : [sql`customer_id = ${filter.customerId}`]),
    ...(filter.status === null ? [] : [sql`status = ${filter.status}`]),
    ...(filter.createdFrom === null ? [] : [sql`created_at >= ${filter.createdFrom}`]),
    ...(filter.createdTo === null ? [] : [sql`created_at <= ${filter.createdTo}`]),
  ]
  const found = await readRows<IntentRow>(tx, {
    select: '*',
    table: 'payment_intents',
    accountId,
    filters,
    page,
  })
  return { ...found, rows: found.rows.map(toIntent) }
}
