import type { Uuid } from '@perennial/core/ids'
import type { GatewayMovement, KeptMovement } from '@perennial/core/payments'
import { formatInstant, type Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import { insertMany, type Tx } from '../../../../platform/db/index.ts'

type Page = {
  readonly accountId: Uuid
  readonly gatewayId: Uuid
  readonly runId: Uuid
  readonly movements: readonly GatewayMovement[]
  readonly nextId: () => Uuid
  readonly at: Instant
}

/**
 * Keeps the lines that are new, and for known ones what was not known before: the payout that carried them. Returns the
 * new ones, whose postings are still to be made in the same transaction.
 */
export async function keepMovements(tx: Tx, page: Page): Promise<KeptMovement[]> {
  const { accountId, gatewayId, movements } = page
  if (movements.length === 0) return []
  // One line keeps one name for ever; a page that names one twice means it once.
  const byReference = new Map(movements.map((movement) => [movement.reference, movement]))
  const unique = [...byReference.values()]
  const texts = (of: (movement: GatewayMovement) => string | null) => unique.map(of)
  const { rows } = await sql<{
    readonly id: Uuid
    readonly reference: string
    readonly is_new: boolean
  }>`
    insert into gateway_movements (account_id, id, gateway_id, reference, kind, charge_reference, idempotency_key,
                                   amount_minor, fee_minor, currency, moved_at, payout_reference, run_id, created_at)
    select ${accountId}, u.id, ${gatewayId}, u.reference, u.kind, u.charge_reference, u.idempotency_key, u.amount_minor,
           u.fee_minor, u.currency, u.moved_at, u.payout_reference, ${page.runId}, ${page.at}
      from unnest(${unique.map(() => page.nextId())}::uuid[], ${texts(({ reference }) => reference)}::text[],
                  ${texts(({ kind }) => kind)}::text[], ${texts(({ chargeReference }) => chargeReference)}::text[],
                  ${texts(({ idempotencyKey }) => idempotencyKey)}::uuid[],
                  ${texts(({ amountMinor }) => String(amountMinor))}::bigint[],
                  ${texts(({ feeMinor }) => String(feeMinor))}::bigint[], ${texts(({ currency }) => currency)}::text[],
                  ${texts(({ at }) => formatInstant(at))}::timestamptz[],
                  ${texts(({ payoutReference }) => payoutReference)}::text[])
             as u(id, reference, kind, charge_reference, idempotency_key, amount_minor, fee_minor, currency, moved_at,
                  payout_reference)
    on conflict (account_id, gateway_id, reference) do update
       set payout_reference = excluded.payout_reference
     where gateway_movements.payout_reference is null and excluded.payout_reference is not null
    returning id, reference, xmax = 0 as is_new`.execute(tx)
  return rows.flatMap(({ id, reference, is_new: isNew }) => {
    const movement = byReference.get(reference)
    return isNew && movement !== undefined ? [{ ...movement, id, gatewayId }] : []
  })
}

/** A payout for each line that is one. Its sums follow once the lines that it carries are known. */
export async function insertPayouts(
  tx: Tx,
  given: { readonly accountId: Uuid; readonly at: Instant; readonly nextId: () => Uuid },
  movements: readonly KeptMovement[],
): Promise<void> {
  const rows = movements
    .filter(({ kind }) => kind === 'payout')
    .map((movement) => ({
      account_id: given.accountId,
      id: given.nextId(),
      gateway_id: movement.gatewayId,
      reference: movement.payoutReference ?? movement.reference,
      status: 'paid' as const,
      currency: movement.currency,
      gross_minor: -movement.amountMinor,
      net_minor: -movement.amountMinor,
      arrived_at: movement.at,
      created_at: given.at,
    }))
  await insertMany(tx, 'payouts', rows)
}

/** Sums and counts of payouts from the lines that they carry; those that arrived since `from` may have got more. */
export async function sumPayouts(
  tx: Tx,
  of: { readonly accountId: Uuid; readonly gatewayId: Uuid; readonly from: Instant },
): Promise<void> {
  await sql`
    update payouts p
       set gross_minor = c.gross, fees_minor = c.fees, charges_count = c.charges, refunds_count = c.refunds,
           chargebacks_count = c.chargebacks
      from (select m.payout_reference, sum(m.amount_minor) as gross, sum(m.fee_minor) as fees,
                   count(*) filter (where m.kind = 'charge') as charges,
                   count(*) filter (where m.kind = 'refund') as refunds,
                   count(*) filter (where m.kind = 'dispute') as chargebacks
              from gateway_movements m
             where m.account_id = ${of.accountId} and m.gateway_id = ${of.gatewayId} and m.kind <> 'payout'
               and m.payout_reference = any(array(
                     select reference from payouts
                      where account_id = ${of.accountId} and gateway_id = ${of.gatewayId} and arrived_at >= ${of.from}))
             group by m.payout_reference) c
     where p.account_id = ${of.accountId} and p.gateway_id = ${of.gatewayId} and p.reference = c.payout_reference`.execute(
    tx,
  )
}
