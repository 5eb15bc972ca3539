import type { Uuid } from '@perennial/core/ids'
import type { Frequency, Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'
import type { Window } from '../wire/fields.ts'

export type FaceProfile = {
  readonly id: Uuid
  readonly name: string
  readonly description: string | null
  readonly isEnabled: boolean
  readonly frequency: Frequency
  readonly occurrences: number | null
  readonly overdueLimit: number
  readonly paymentProfileId: Uuid | null
  readonly prefersLastSuccess: boolean
  readonly shippingProfileId: Uuid | null
  readonly subscriptionId: Uuid | null
  readonly createdAt: Instant
}

/** In the order given. */
export async function readProfiles(
  tx: Tx,
  accountId: Uuid,
  ids: readonly Uuid[],
): Promise<FaceProfile[]> {
  const { rows } = await sql<FaceProfile>`
    select id, name, description, is_enabled as "isEnabled", frequency, occurrences, overdue_limit as "overdueLimit",
           payment_profile_id as "paymentProfileId", prefer_last_success_gateway as "prefersLastSuccess",
           shipping_profile_id as "shippingProfileId", subscription_id as "subscriptionId", created_at as "createdAt"
      from subscription_profiles
     where account_id = ${accountId} and id = any(${ids}::uuid[])
     order by array_position(${ids}::uuid[], id)`.execute(tx)
  return rows
}

/** Newest first; one more than asked for tells that there is more. */
export async function listProfileIds(tx: Tx, accountId: Uuid, window: Window): Promise<Uuid[]> {
  const { rows } = await sql<{ readonly id: Uuid }>`
    select id from subscription_profiles
     where account_id = ${accountId} and created_at >= ${window.from} and created_at <= ${window.until}
       and archived_at is null
     order by id desc
     limit ${window.limit + 1} offset ${window.offset}`.execute(tx)
  return rows.map(({ id }) => id)
}
