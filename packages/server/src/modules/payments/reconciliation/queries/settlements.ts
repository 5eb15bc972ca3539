import { decodeId, type Uuid } from '@perennial/core/ids'
import type { GatewayMovement } from '@perennial/core/payments'
import { sql } from 'kysely'
import type { Tx } from '../../../../platform/db/index.ts'
import type { PayoutRow } from './runs.ts'

type Of = { readonly accountId: Uuid; readonly gatewayId: Uuid }

/** The gateway whose settlement is handed in. */
export async function findSettledGateway(
  tx: Tx,
  of: Of,
): Promise<{ readonly id: Uuid; readonly kind: string } | null> {
  const { rows } = await sql<{ readonly id: Uuid; readonly kind: string }>`
    select id, kind from gateways where account_id = ${of.accountId} and id = ${of.gatewayId}`.execute(
    tx,
  )
  return rows[0] ?? null
}

/** By its id or its code. */
export async function findGatewayByName(
  tx: Tx,
  of: { readonly accountId: Uuid; readonly name: string },
): Promise<{ readonly id: Uuid; readonly kind: string } | null> {
  const decoded = decodeId('gateway', of.name)
  const id = decoded.kind === 'ok' ? decoded.id : null
  const { rows } = await sql<{ readonly id: Uuid; readonly kind: string }>`
    select id, kind from gateways
     where account_id = ${of.accountId} and (id = ${id} or code = ${of.name})`.execute(tx)
  return rows[0] ?? null
}

/** Lines that are kept already and said something else then, or of another payout: by their names, at most so many. */
export async function listChangedLines(
  tx: Tx,
  of: Of,
  movements: readonly GatewayMovement[],
): Promise<ReadonlyMap<string, 'said' | 'payout'>> {
  const texts = (text: (movement: GatewayMovement) => string | null) => movements.map(text)
  const { rows } = await sql<{ readonly reference: string; readonly differs: 'said' | 'payout' }>`
    select m.reference,
           case when (m.kind, m.amount_minor, m.fee_minor, m.currency) <> (u.kind, u.amount_minor, u.fee_minor, u.currency)
                then 'said' else 'payout' end as differs
      from unnest(${texts(({ reference }) => reference)}::text[], ${texts(({ kind }) => kind)}::text[],
                  ${texts(({ amountMinor }) => String(amountMinor))}::bigint[],
                  ${texts(({ feeMinor }) => String(feeMinor))}::bigint[],
                  ${texts(({ currency }) => currency)}::text[],
                  ${texts(({ payoutReference }) => payoutReference)}::text[])
             as u(reference, kind, amount_minor, fee_minor, currency, payout_reference)
      join gateway_movements m
        on m.account_id = ${of.accountId} and m.gateway_id = ${of.gatewayId} and m.reference = u.reference
     where (m.kind, m.amount_minor, m.fee_minor, m.currency) <> (u.kind, u.amount_minor, u.fee_minor, u.currency)
        or m.payout_reference <> u.payout_reference
     limit 20`.execute(tx)
  return new Map(rows.map(({ reference, differs }) => [reference, differs]))
}

export type PayoutSum = Pick<
  PayoutRow,
  'reference' | 'currency' | 'gross_minor' | 'fees_minor' | 'net_minor'
> & {
  /** What its lines come to, less their fees; null while none is known. */
  readonly carried_minor: bigint | null
  /** Whether its lines are all in its own currency. */
  readonly is_one_currency: boolean
}

/** Payouts by the gateway's names, with what the lines that they carry come to. */
export async function listPayoutSums(
  tx: Tx,
  of: Of,
  references: readonly string[],
): Promise<PayoutSum[]> {
  const { rows } = await sql<PayoutSum>`
    select p.reference, p.currency, p.gross_minor, p.fees_minor, p.net_minor, c.carried_minor,
           coalesce(c.is_one_currency, true) as is_one_currency
      from payouts p
     cross join lateral (
       select sum(m.amount_minor - m.fee_minor)::bigint as carried_minor,
              bool_and(m.currency = p.currency) as is_one_currency
         from gateway_movements m
        where m.account_id = p.account_id and m.gateway_id = p.gateway_id
          and m.payout_reference = p.reference and m.kind <> 'payout') c
     where p.account_id = ${of.accountId} and p.gateway_id = ${of.gatewayId}
       and p.reference = any(${references}::text[])
     order by p.arrived_at, p.reference`.execute(tx)
  return rows
}

/** Of the lines of these names those that nothing of ours stands behind. */
export async function listUnmatchedLines(
  tx: Tx,
  of: Of,
  references: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ readonly reference: string }>`
    select m.reference from gateway_movements m
     where m.account_id = ${of.accountId} and m.gateway_id = ${of.gatewayId}
       and m.reference = any(${references}::text[]) and m.matched_id is null
       and m.kind in ('charge', 'refund', 'dispute', 'dispute_reversal', 'adjustment')`.execute(tx)
  return new Set(rows.map(({ reference }) => reference))
}
