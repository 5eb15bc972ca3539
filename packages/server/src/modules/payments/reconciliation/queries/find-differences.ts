import type { Uuid } from '@perennial/core/ids'
import { addDays, type Instant } from '@perennial/core/time'
import { sql, type RawBuilder } from 'kysely'
import { insertMany, type Tx } from '../../../../platform/db/index.ts'

export type Compared = {
  readonly accountId: Uuid
  readonly gatewayId: Uuid
  readonly runId: Uuid
  readonly from: Instant
  readonly until: Instant
  /** Since when lines were read again: of those from before `from`, what is listed only since then is compared too. */
  readonly readFrom?: Instant
  /** The account's time. */
  readonly at: Instant
  /** What was handed in begins somewhere: nothing from before its first line is missed. */
  readonly isFromFirstLine?: boolean
  /** The gateway's list leaves disputes out: none of ours is missed there. */
  readonly isWithoutDisputes?: boolean
}

type DifferenceKind =
  | 'missing_here'
  | 'missing_there'
  | 'amount_differs'
  | 'state_differs'
  | 'currency_differs'

type Found = {
  readonly kind: DifferenceKind
  readonly subject_kind: 'movement' | 'transaction'
  readonly subject_id: Uuid
  readonly reference: string | null
  readonly transaction_id: Uuid | null
  readonly ours_minor: bigint | null
  readonly theirs_minor: bigint | null
  readonly currency: string
}

/** Some gateways list a charge only with the payout that carries it. */
const MISSING_AFTER_DAYS = 7
/** Of each sort in one go. */
const FOUND_MAX = 1_000
/** More than is ever looked at; what is still not found then is not noted. */
const ROUNDS_MAX = 100

/** Notes what differs and was not noted before, and closes what has come right since. */
export async function compareBooks(
  tx: Tx,
  of: Compared,
  nextId: () => Uuid,
): Promise<{ readonly opened: number; readonly resolved: number }> {
  const resolved = await resolveMatched(tx, of)
  let opened = 0
  for (let rounds = 0; rounds < ROUNDS_MAX; rounds += 1) {
    const found = await listUnnoted(tx, of)
    const differences = found.map((one) => ({
      ...one,
      account_id: of.accountId,
      id: nextId(),
      gateway_id: of.gatewayId,
      run_id: of.runId,
      found_at: of.at,
    }))
    await insertMany(tx, 'reconciliation_differences', differences)
    opened += found.length
    if (found.length < FOUND_MAX) break
  }
  return { opened, resolved }
}

/** Each sort within a bound of its own: thousands of lines that are another biller's hide nothing of ours. */
async function listUnnoted(tx: Tx, of: Compared): Promise<Found[]> {
  const sorts = [missingHere(of), unlike(inSpan(of)), missingThere(of)].map(
    (sort) => sql`(
    select * from (${sort}) as found
     where not exists (select from reconciliation_differences d
                        where d.account_id = ${of.accountId} and d.subject_id = found.subject_id
                          and d.kind = found.kind)
     limit ${FOUND_MAX})`,
  )
  const { rows } = await sql<Found>`${sql.join(sorts, sql` union all `)}`.execute(tx)
  return rows
}

const LISTED = sql`('charge', 'refund', 'dispute', 'dispute_reversal')`

/** What the gateway says has moved, and nothing of ours stands behind; what was won back for another biller is in its books. */
function missingHere(of: Compared): RawBuilder<unknown> {
  return sql`
    select 'missing_here' as kind, 'movement' as subject_kind, m.id as subject_id, m.reference,
           null::uuid as transaction_id, null::bigint as ours_minor, m.amount_minor as theirs_minor, m.currency
      from gateway_movements m
     where ${inSpan(of)} and m.matched_id is null
       and (m.kind in ${LISTED} or m.kind = 'adjustment')
       and not exists (select from outside_attempts o
                        where o.account_id = m.account_id and o.id = m.idempotency_key)`
}

/** Lines that are about something of ours, which says something else: of these the first thing that differs. */
function unlike(isAsked: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    select case when p.currency <> m.currency then 'currency_differs'
                when not p.is_moved then 'state_differs' else 'amount_differs' end as kind,
           'movement' as subject_kind, m.id as subject_id, m.reference, p.transaction_id,
           p.minor as ours_minor, m.amount_minor as theirs_minor, m.currency
      from gateway_movements m
     cross join lateral (
       select t.id as transaction_id, t.currency,
              case when t.type = 'sale' or ${IS_BACK} then t.amount_minor
                   -- What is kept for a dispute was booked with it, so it has to be the same.
                   when t.type = 'dispute' then m.fee_minor - ${BOOKED_FEE} - t.amount_minor
                   else -t.amount_minor end as minor,
              case when t.type not in ('dispute', 'adjustment') then t.status = 'succeeded'
                   else t.status = 'voided' or not ${IS_BACK} end as is_moved
         from transactions t
        where m.matched_kind = 'transaction' and t.account_id = m.account_id and t.id = m.matched_id
       union all
       select r.transaction_id, r.currency, case when m.amount_minor > 0 then r.amount_minor else -r.amount_minor end,
              case when m.amount_minor > 0 then r.status = 'failed' else r.status = 'succeeded' or ${HAS_COME_BACK} end
         from refunds r
        where m.matched_kind = 'refund' and r.account_id = m.account_id and r.id = m.matched_id) p
     where ${isAsked}
       and (p.currency <> m.currency or not p.is_moved or p.minor <> m.amount_minor)`
}

/** What a bank took, through a dispute or a return, has come again: then its movement here is voided. */
const IS_BACK = sql`(t.type = 'dispute' and m.kind = 'dispute_reversal' or t.type = 'adjustment' and m.amount_minor > 0)`

/** Taken once a dispute, with the first of its movements. */
const BOOKED_FEE = sql`
  coalesce((select sum(l.amount_minor)::bigint from ledger_transfers l
             where l.account_id = t.account_id and l.source_id = t.id and l.source_kind = 'dispute_fee'), 0)`

/** A refund that failed after it had gone has a line either way. */
const HAS_COME_BACK = sql`
  r.status = 'failed' and exists (select from gateway_movements b
                                   where b.account_id = r.account_id and b.matched_id = r.id and b.kind = 'refund'
                                     and b.amount_minor > 0)`

function inSpan({ accountId, gatewayId, from, until, readFrom }: Compared): RawBuilder<unknown> {
  return sql`m.account_id = ${accountId} and m.gateway_id = ${gatewayId}
       and m.moved_at >= ${readFrom ?? from} and m.moved_at < ${until}
       and (m.moved_at >= ${from} or m.created_at >= ${from})`
}

/**
 * Sales, refunds and disputes of ours that the gateway should have listed by now. A refund's movement goes by the refund's
 * own id, under which its line is matched.
 */
function missingThere(of: Compared): RawBuilder<unknown> {
  const isCovered =
    of.isFromFirstLine === true
      ? sql`t.created_at >= (select min(m.moved_at) from gateway_movements m
                             where m.account_id = ${of.accountId} and m.gateway_id = ${of.gatewayId})`
      : sql`true`
  const types =
    of.isWithoutDisputes === true ? sql`('sale', 'refund')` : sql`('sale', 'refund', 'dispute')`
  return sql`
    select 'missing_there' as kind, 'transaction' as subject_kind, t.id as subject_id, t.gateway_reference as reference,
           t.id as transaction_id, case t.type when 'sale' then t.amount_minor else -t.amount_minor end as ours_minor,
           null::bigint as theirs_minor, t.currency
      from transactions t
     where t.account_id = ${of.accountId} and t.gateway_id = ${of.gatewayId}
       and t.type in ${types} and t.status = 'succeeded'
       and t.created_at >= ${addDays(of.from, -MISSING_AFTER_DAYS)}
       and t.created_at < ${addDays(of.until, -MISSING_AFTER_DAYS)}
       and ${isCovered}
       and not exists (select from gateway_movements m
                        where m.account_id = t.account_id and m.matched_id = t.id)`
}

/** A line that was without a counterpart has one, what is ours has its line, or both say the same by now. */
async function resolveMatched(tx: Tx, of: Compared): Promise<number> {
  const { numAffectedRows } = await sql`
    update reconciliation_differences d
       set state = 'resolved', resolved_at = ${of.at}, resolved_how = 'matched'
     where d.account_id = ${of.accountId} and d.gateway_id = ${of.gatewayId} and d.state = 'open'
       and (d.kind = 'missing_here'
              and exists (select from gateway_movements m
                           where m.account_id = d.account_id and m.id = d.subject_id and m.matched_id is not null)
            or d.kind = 'missing_there'
              and (exists (select from gateway_movements m
                            where m.account_id = d.account_id and m.matched_id = d.subject_id)
                   or exists (select from transactions t
                               where t.account_id = d.account_id and t.id = d.subject_id
                                 and t.status <> 'succeeded'))
            or d.kind in ('amount_differs', 'state_differs', 'currency_differs')
              and not exists (${unlike(sql`m.account_id = d.account_id and m.id = d.subject_id`)}))`.execute(
    tx,
  )
  return Number(numAffectedRows ?? 0n)
}
