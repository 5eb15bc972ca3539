import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'

export type FaceCustomer = {
  readonly id: Uuid
  readonly email: string
  readonly name: string | null
  readonly phone: string | null
  readonly company: string | null
  readonly line1: string | null
  readonly line2: string | null
  readonly city: string | null
  readonly state: string | null
  readonly postalCode: string | null
  readonly country: string | null
  readonly metadata: Readonly<Record<string, unknown>>
  readonly createdAt: Instant
}

export async function readCustomer(
  tx: Tx,
  accountId: Uuid,
  id: Uuid,
): Promise<FaceCustomer | null> {
  const { rows } = await sql<FaceCustomer>`
    select id, email, name, phone, company_name as company, address_line1 as line1, address_line2 as line2, city,
           state, postal_code as "postalCode", country, metadata, created_at as "createdAt"
      from customers
     where account_id = ${accountId} and id = ${id} and deleted_at is null`.execute(tx)
  return rows[0] ?? null
}

export type FaceCard = {
  readonly id: Uuid
  readonly brand: string | null
  readonly bin: string | null
  readonly last4: string | null
  readonly expMonth: number | null
  readonly expYear: number | null
  readonly isDefault: boolean
  readonly status: string
}

const CARDS_MAX = 100

/** Cards that are not detached, oldest first. */
export async function readCards(tx: Tx, accountId: Uuid, customerId: Uuid): Promise<FaceCard[]> {
  const { rows } = await sql<FaceCard>`
    select id, card_brand as brand, card_bin as bin, card_last4 as last4, card_exp_month as "expMonth",
           card_exp_year as "expYear", is_default as "isDefault", status
      from payment_methods
     where account_id = ${accountId} and customer_id = ${customerId} and type = 'card'
     order by id
     limit ${CARDS_MAX}`.execute(tx)
  return rows
}
