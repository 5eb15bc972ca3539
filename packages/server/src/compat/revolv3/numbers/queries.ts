import type { Uuid } from '@perennial/core/ids'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'

/** What is called by a number. An installment is a subscription by another name. */
export type NumberedKind =
  | 'subscription'
  | 'installment'
  | 'plan'
  | 'customer'
  | 'method'
  | 'address'
  | 'invoice'
  | 'invoice_line'
  | 'attempt'
  | 'refund'
  | 'authorization'

export type Numbered = { readonly kind: NumberedKind; readonly id: Uuid }

export async function readNumbers(
  tx: Tx,
  accountId: Uuid,
  ids: readonly Uuid[],
): Promise<Map<Uuid, number>> {
  const { rows } = await sql<{ readonly id: Uuid; readonly number: number }>`
    select id, number from object_numbers
     where account_id = ${accountId} and id = any(${ids}::uuid[])`.execute(tx)
  return new Map(rows.map(({ id, number }) => [id, number]))
}

/** Numbers for those that have none, in this order. Holds the account's counter until the commit. */
export async function giveNumbers(
  tx: Tx,
  accountId: Uuid,
  objects: readonly Numbered[],
): Promise<void> {
  await sql`
    with taken as (
      insert into object_number_counters (account_id, next_number) values (${accountId}, 1 + ${objects.length})
      on conflict (account_id) do update
        set next_number = object_number_counters.next_number + ${objects.length}
      returning next_number
    )
    insert into object_numbers (account_id, number, kind, id)
    select ${accountId}, taken.next_number - ${objects.length} - 1 + o.place, o.kind, o.id
      from taken,
           unnest(${objects.map(({ kind }) => kind)}::text[], ${objects.map(({ id }) => id)}::uuid[])
             with ordinality as o (kind, id, place)
    on conflict on constraint object_numbers_one_per_object do nothing`.execute(tx)
}

export async function findByNumber(
  tx: Tx,
  accountId: Uuid,
  key: { readonly kind: NumberedKind; readonly number: number },
): Promise<Uuid | null> {
  const { rows } = await sql<{ readonly id: Uuid }>`
    select id from object_numbers
     where account_id = ${accountId} and number = ${key.number} and kind = ${key.kind}`.execute(tx)
  return rows[0]?.id ?? null
}
