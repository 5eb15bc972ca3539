import type { Uuid } from '@perennial/core/ids'
import { sql } from 'kysely'
import { insertMany, type Tx } from '../../../platform/db/index.ts'
import type { FaceAddress } from '../read/read-address.ts'

type Detail = Omit<FaceAddress, 'addressId'>

export async function insertAddresses(
  tx: Tx,
  accountId: Uuid,
  addresses: readonly { readonly id: Uuid; readonly address: FaceAddress }[],
): Promise<void> {
  const rows = addresses.map(({ id, address }) => {
    const { addressId: _, ...detail } = address
    return { account_id: accountId, id, detail }
  })
  await insertMany(tx, 'revolv3_addresses', rows)
}

/** By their numbers; those that there are none of are left out. */
export async function readAddresses(
  tx: Tx,
  accountId: Uuid,
  numbers: readonly number[],
): Promise<ReadonlyMap<number, Detail>> {
  if (numbers.length === 0) return new Map()
  const { rows } = await sql<{ readonly number: number; readonly detail: Detail }>`
    select n.number, a.detail from object_numbers n
      join revolv3_addresses a on a.account_id = n.account_id and a.id = n.id
     where n.account_id = ${accountId} and n.number = any(${numbers}::int[]) and n.kind = 'address'`.execute(
    tx,
  )
  return new Map(rows.map(({ number, detail }) => [number, detail]))
}
