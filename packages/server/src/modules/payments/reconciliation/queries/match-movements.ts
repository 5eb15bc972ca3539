import type { Uuid } from '@perennial/core/ids'
import { addDays, type Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../../../../platform/db/index.ts'

type Of = {
  readonly accountId: Uuid
  readonly gatewayId: Uuid
  /** Of the first line that is compared now. */
  readonly from: Instant
}

/** What moved longer ago than this and is not ours yet is for a person: looked for for ever, it would grow with the table. */
const LOOKED_FOR_DAYS = 90

/**
 * Finds for every line of these days that has none yet the thing of ours that it is about, a set at a time: charges by the key that
 * they were sent under or by the gateway's reference, refunds by their key or by charge and amount, disputes and
 * returns by their charge. How many were found.
 */
export async function matchMovements(tx: Tx, of: Of): Promise<number> {
  const waiting = await listUnmatchedKinds(tx, of)
  let matched = 0
  for (const [kind, match] of MATCHES) if (waiting.has(kind)) matched += await match(tx, of)
  // What is not a charge of ours may be money of one that was given again.
  return matched + (await returns(tx, of))
}

const MATCHES = [
  ['charge', byKey],
  ['charge', byReference],
  ['refund', refundsByKey],
  ['refund', refundsByCharge],
  ['dispute', disputes],
] as const

/** On most days of most gateways there is nothing: then nothing is looked for. */
async function listUnmatchedKinds(tx: Tx, of: Of): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ readonly kind: string }>`
    select distinct case m.kind when 'dispute_reversal' then 'dispute' else m.kind end as kind
      from gateway_movements m
     where ${unmatched(of)} and m.kind in ('charge', 'refund', 'dispute', 'dispute_reversal')`.execute(
    tx,
  )
  return new Set(rows.map(({ kind }) => kind))
}

const unmatched = ({ accountId, gatewayId, from }: Of) => sql`
  m.account_id = ${accountId} and m.gateway_id = ${gatewayId} and m.matched_id is null and m.set_aside_at is null
  and m.moved_at >= ${addDays(from, -LOOKED_FOR_DAYS)}`

async function byKey(tx: Tx, of: Of): Promise<number> {
  const { numAffectedRows } = await sql`
    update gateway_movements m set matched_kind = 'transaction', matched_id = t.id
      from transactions t
     where ${unmatched(of)} and m.kind = 'charge' and m.idempotency_key is not null
       and t.account_id = m.account_id and t.attempt_id = m.idempotency_key and t.type = 'sale'`.execute(
    tx,
  )
  return Number(numAffectedRows ?? 0n)
}

/**
 * An authorisation and what was captured of it go by one reference: the one that took money counts. One line is the
 * sale; what is listed beside it is something else, or for a person.
 */
async function byReference(tx: Tx, of: Of): Promise<number> {
  const { numAffectedRows } = await sql`
    update gateway_movements m set matched_kind = 'transaction', matched_id = found.id
      from (select distinct on (t.id) m.id as movement_id, t.id
              from gateway_movements m
             cross join lateral (
               select t.id from transactions t
                where t.account_id = m.account_id and t.gateway_id = m.gateway_id and t.type = 'sale'
                  and t.gateway_reference = m.charge_reference
                order by t.status = 'failed', t.id limit 1) t
             where ${unmatched(of)} and m.kind = 'charge'
               and not exists (select from gateway_movements g
                                where g.account_id = m.account_id and g.matched_id = t.id and g.kind = 'charge')
             order by t.id, m.moved_at, m.id) found
     where m.account_id = ${of.accountId} and m.id = found.movement_id`.execute(tx)
  return Number(numAffectedRows ?? 0n)
}

async function refundsByKey(tx: Tx, of: Of): Promise<number> {
  const { numAffectedRows } = await sql`
    update gateway_movements m set matched_kind = 'refund', matched_id = r.id
      from refunds r
     where ${unmatched(of)} and m.kind = 'refund' and m.idempotency_key is not null
       and r.account_id = m.account_id and r.id = m.idempotency_key`.execute(tx)
  return Number(numAffectedRows ?? 0n)
}

/** A refund that failed after it had gone: its money went once, and came back once. */
const WENT_AND_CAME = sql`
  r.status = 'failed' and exists (select from ledger_transfers p
                                   where p.account_id = r.account_id and p.source_kind = 'refund' and p.source_id = r.id)`

/** Several refunds of one charge and amount are paired off in their order; a line above zero is one that came back. */
async function refundsByCharge(tx: Tx, of: Of): Promise<number> {
  const { numAffectedRows } = await sql`
    with lines as (
      select m.id, m.charge_reference, abs(m.amount_minor) as minor, m.amount_minor > 0 as is_back,
             row_number() over (partition by m.charge_reference, m.amount_minor order by m.moved_at, m.id) as nth
        from gateway_movements m
       where ${unmatched(of)} and m.kind = 'refund' and m.charge_reference is not null),
    open as (
      select r.id, t.gateway_reference as charge_reference, r.amount_minor as minor, l.is_back,
             row_number() over (partition by t.gateway_reference, r.amount_minor, l.is_back
                                    order by r.status = 'failed', r.id) as nth
        from (select distinct charge_reference, is_back from lines) l
        join transactions t
          on t.account_id = ${of.accountId} and t.gateway_id = ${of.gatewayId} and t.type = 'sale'
         and t.gateway_reference = l.charge_reference
        join refunds r on r.account_id = t.account_id and r.transaction_id = t.id
       where (r.status in ('processing', 'succeeded') and not l.is_back or ${WENT_AND_CAME})
         and not exists (select from gateway_movements g
                          where g.account_id = r.account_id and g.matched_id = r.id and g.kind = 'refund'
                            and (g.amount_minor > 0) = l.is_back))
    update gateway_movements m set matched_kind = 'refund', matched_id = open.id
      from lines join open using (charge_reference, minor, is_back, nth)
     where m.account_id = ${of.accountId} and m.id = lines.id`.execute(tx)
  return Number(numAffectedRows ?? 0n)
}

/**
 * A dispute that is taken up again moves its money again: the n-th line that takes it is the n-th movement of ours, and the n-th
 * that brings it the n-th of those that have come back.
 */
async function disputes(tx: Tx, of: Of): Promise<number> {
  const { numAffectedRows } = await sql`
    with lines as (
      select m.id, m.kind, m.charge_reference,
             row_number() over (partition by m.kind, m.charge_reference order by m.moved_at, m.id) as nth
        from gateway_movements m
       where ${unmatched(of)} and m.kind in ('dispute', 'dispute_reversal') and m.charge_reference is not null),
    open as (
      select l.kind, l.charge_reference, t.id,
             row_number() over (partition by l.kind, l.charge_reference
                                    order by l.kind = 'dispute_reversal' and t.status <> 'voided', t.id) as nth
        from (select distinct kind, charge_reference from lines) l
        join disputes d
          on d.account_id = ${of.accountId} and d.gateway_id = ${of.gatewayId} and d.charge_reference = l.charge_reference
        join transactions t
          on t.account_id = d.account_id and t.parent_transaction_id = d.payment_id and t.type = 'dispute'
         and t.gateway_id = d.gateway_id and t.gateway_reference = d.gateway_reference
       where not exists (select from gateway_movements g
                          where g.account_id = t.account_id and g.matched_id = t.id and g.kind = l.kind))
    update gateway_movements m set matched_kind = 'transaction', matched_id = open.id
      from lines join open using (kind, charge_reference, nth)
     where m.account_id = ${of.accountId} and m.id = lines.id`.execute(tx)
  return Number(numAffectedRows ?? 0n)
}

/**
 * What a bank takes back of a charge, and what it gives again: the n-th line either way is the n-th return of ours. The money
 * that is given again may be listed as if it were charged once more.
 */
async function returns(tx: Tx, of: Of): Promise<number> {
  const { numAffectedRows } = await sql`
    with lines as (
      select m.id, m.charge_reference, m.amount_minor > 0 as is_back,
             row_number() over (partition by m.charge_reference, m.amount_minor > 0 order by m.moved_at, m.id) as nth
        from gateway_movements m
       where ${unmatched(of)} and m.kind in ('adjustment', 'charge') and m.charge_reference is not null
         and (m.kind = 'adjustment' or m.amount_minor > 0)),
    open as (
      select l.charge_reference, l.is_back, r.id,
             row_number() over (partition by l.charge_reference, l.is_back order by r.id) as nth
        from (select distinct charge_reference, is_back from lines) l
        join transactions s
          on s.account_id = ${of.accountId} and s.gateway_id = ${of.gatewayId} and s.type = 'sale'
         and s.gateway_reference = l.charge_reference
        join transactions r
          on r.account_id = s.account_id and r.parent_transaction_id = s.id and r.type = 'adjustment'
       where (r.status = 'voided' or not l.is_back)
         and not exists (select from gateway_movements g
                          where g.account_id = r.account_id and g.matched_id = r.id
                            and (g.amount_minor > 0) = l.is_back))
    update gateway_movements m set matched_kind = 'transaction', matched_id = open.id
      from lines join open using (charge_reference, is_back, nth)
     where m.account_id = ${of.accountId} and m.id = lines.id`.execute(tx)
  return Number(numAffectedRows ?? 0n)
}
