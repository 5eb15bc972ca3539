import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../../../../platform/db/index.ts'
import { lastReadable } from '../../learning/queries.ts'

/** A charge of a handed-over payment, for whoever learns from it. */
export type SeenCharge = {
  readonly id: Uuid
  readonly isSettled: boolean
  readonly recovery_id: Uuid
  /** When its card was handed over, and what the biller's own charge ended with; null = with another card. */
  readonly handed_at: Instant | null
  readonly handed_decline: unknown
  readonly token: string
  readonly gateway_id: Uuid
  readonly currency: string
  readonly created_at: Instant
  /** Null while it is not settled, too. */
  readonly decline: unknown
  /** Of the card that was charged: what its gateway knows, or what the biller told of it. */
  readonly card_country: string | null
  /** Its first six digits, from the same. */
  readonly card_bin: string | null
  /** As its gateway tells them. */
  readonly brand: string | null
  readonly funding: string | null
  /** Of the client whose card it is: where its country is not known. */
  readonly timezone: string
}

const COLUMNS = sql.raw(`
  t.id, t.state in ('succeeded', 'declined') as "isSettled", t.recovery_id, t.token, t.gateway_id, t.currency, t.created_at, t.decline,
  coalesce(card.country, told.card_country) as card_country, coalesce(left(card.bin, 6), told.card_bin) as card_bin,
  card.brand, card.funding,
  client.timezone, told.opened_at as handed_at, told.first_decline as handed_decline`)

/** What was told of the card that a payment came with holds of no other. */
const KNOWN = sql.raw(`
  join recovery_clients client on client.account_id = t.account_id and client.id = t.client_id
  left join outside_recoveries told
    on told.account_id = t.account_id and told.id = t.recovery_id and told.handed_token = t.token and told.moved_at is null
  left join outside_cards card
    on card.account_id = t.account_id and card.client_id = t.client_id and card.token = t.token`)

/** Charges that were made after one, oldest first by when their ids were made. */
export async function listChargesAfter(
  tx: Tx,
  accountId: Uuid,
  of: { readonly after: Uuid; readonly until: Uuid; readonly limit: number },
): Promise<SeenCharge[]> {
  const { rows } = await sql<SeenCharge>`
    select ${COLUMNS}
      from outside_attempts t ${KNOWN}
     where t.account_id = ${accountId} and t.id > ${of.after} and t.id <= ${lastReadable(accountId, of.until)}
     order by t.id
     limit ${of.limit}`.execute(tx)
  return rows
}

export async function listCharges(
  tx: Tx,
  accountId: Uuid,
  ids: readonly Uuid[],
): Promise<SeenCharge[]> {
  if (ids.length === 0) return []
  const { rows } = await sql<SeenCharge>`
    select ${COLUMNS}
      from outside_attempts t ${KNOWN}
     where t.account_id = ${accountId} and t.id = any(${ids}::uuid[])
     order by t.id`.execute(tx)
  return rows
}

export type Refusal = Pick<SeenCharge, 'recovery_id' | 'token' | 'created_at' | 'decline'>

/** Charges of these recoveries that were refused, oldest first. */
export async function listRefusals(
  tx: Tx,
  accountId: Uuid,
  recoveryIds: readonly Uuid[],
): Promise<Refusal[]> {
  if (recoveryIds.length === 0) return []
  const { rows } = await sql<Refusal>`
    select recovery_id, token, created_at, decline from outside_attempts
     where account_id = ${accountId} and recovery_id = any(${recoveryIds}::uuid[]) and state = 'declined'
     order by recovery_id, number`.execute(tx)
  return rows
}
