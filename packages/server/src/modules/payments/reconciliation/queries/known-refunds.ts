import type { Uuid } from '@perennial/core/ids'
import type { GatewayNotice } from '@perennial/core/payments'
import { sql } from 'kysely'
import type { Tx } from '../../../../platform/db/index.ts'

type RefundNotice = Extract<GatewayNotice, { kind: 'refund' }>

/** Of the refunds that lines tell of, the gateway's names of those that are kept here: by our key, or by its charge and name. */
export async function listKnownRefunds(
  tx: Tx,
  of: { readonly accountId: Uuid; readonly gatewayId: Uuid },
  told: readonly RefundNotice[],
): Promise<ReadonlySet<string>> {
  if (told.length === 0) return new Set()
  const { rows } = await sql<{ readonly reference: string }>`
    select u.reference
      from unnest(${told.map(({ refundReference }) => refundReference)}::text[],
                  ${told.map(({ idempotencyKey }) => idempotencyKey)}::uuid[],
                  ${told.map(({ chargeReference }) => chargeReference)}::text[])
             as u(reference, key, charge_reference)
     where exists (select from refunds r where r.account_id = ${of.accountId} and r.id = u.key)
        or exists (select from transactions t
                     join refunds r on r.account_id = t.account_id and r.transaction_id = t.id
                    where t.account_id = ${of.accountId} and t.gateway_id = ${of.gatewayId} and t.type = 'sale'
                      and t.gateway_reference = u.charge_reference and r.gateway_reference = u.reference)`.execute(
    tx,
  )
  return new Set(rows.map(({ reference }) => reference))
}
