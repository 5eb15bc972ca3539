import type { Uuid } from '@perennial/core/ids'
import type { AttemptOperation } from '@perennial/core/payments'
import { stopMessage, type RouteReason, type RouteState } from '@perennial/core/routing'
import { formatInstant, type Instant } from '@perennial/core/time'
import { type Selectable, sql } from 'kysely'
import { type DB, insertMany, type Tx } from '../../../platform/db/index.ts'

export type DecisionRow = Selectable<DB['routing_decisions']>

export async function insertDecisions(tx: Tx, rows: readonly DecisionRow[]): Promise<void> {
  await insertMany(tx, 'routing_decisions', rows)
}

/** How far the routes of these attempts have come; those that none led to, or that nothing follows, are absent. */
export async function listRouteStates(
  tx: Tx,
  accountId: Uuid,
  attemptIds: readonly Uuid[],
): Promise<ReadonlyMap<Uuid, RouteState>> {
  const { rows } = await sql<{ readonly id: Uuid; readonly state: RouteState }>`
    select id, state from routing_decisions
     where account_id = ${accountId} and id = any(${attemptIds}::uuid[])
       and state -> 'isAlone' is null`.execute(tx)
  return new Map(rows.map((row) => [row.id, row.state]))
}

export async function findDecision(
  tx: Tx,
  key: { readonly accountId: Uuid; readonly id: Uuid },
): Promise<DecisionRow | null> {
  const { rows } = await sql<DecisionRow>`
    select * from routing_decisions where account_id = ${key.accountId} and id = ${key.id}`.execute(
    tx,
  )
  return rows[0] ?? null
}

/** In what words the payment profile ended the route of an invoice after this attempt; null = in none. */
export async function findStopMessage(
  tx: Tx,
  key: { readonly accountId: Uuid; readonly invoiceId: Uuid; readonly after: Uuid },
): Promise<string | null> {
  const { rows } = await sql<{ readonly reasons: readonly RouteReason[] }>`
    select reasons from routing_decisions
     where account_id = ${key.accountId} and invoice_id = ${key.invoiceId} and id > ${key.after}
       and stop_code = 'custom_error'
     order by id desc
     limit 1`.execute(tx)
  return stopMessage(rows[0]?.reasons ?? [])
}

/** The attempt behind a payment: by the id of its sale, of the attempt itself, or of the intent that holds or awaits its money. */
export async function findAttemptOfPayment(
  tx: Tx,
  key: { readonly accountId: Uuid; readonly paymentId: Uuid },
): Promise<Uuid | null> {
  const { accountId, paymentId } = key
  const { rows } = await sql<{ readonly id: Uuid | null }>`
    select coalesce(
      (select attempt_id from transactions where account_id = ${accountId} and id = ${paymentId}),
      (select id from payment_attempts where account_id = ${accountId} and id = ${paymentId}),
      (select id from payment_attempts
        where account_id = ${accountId} and payment_intent_id = ${paymentId}
        order by id desc
        limit 1)) as id`.execute(tx)
  return rows[0]?.id ?? null
}

/** An attempt that no decision is kept of. */
export type UnroutedAttempt = {
  readonly id: Uuid
  readonly invoice_id: Uuid | null
  readonly payment_intent_id: Uuid | null
  readonly operation: AttemptOperation
  readonly gateway_id: Uuid
  readonly created_at: Instant
}

const UNROUTED = (accountId: Uuid) => sql`
  select a.id, a.invoice_id, a.payment_intent_id, a.operation, a.gateway_id, a.created_at
    from payment_attempts a
   where a.account_id = ${accountId}
     and not exists (select from routing_decisions d where d.account_id = ${accountId} and d.id = a.id)`

export async function findUnroutedAttempt(
  tx: Tx,
  key: { readonly accountId: Uuid; readonly id: Uuid },
): Promise<UnroutedAttempt | null> {
  const { rows } =
    await sql<UnroutedAttempt>`${UNROUTED(key.accountId)} and a.id = ${key.id}`.execute(tx)
  return rows[0] ?? null
}

export async function listUnroutedAttempts(
  tx: Tx,
  key: { readonly accountId: Uuid; readonly invoiceId: Uuid },
): Promise<readonly UnroutedAttempt[]> {
  const { rows } = await sql<UnroutedAttempt>`${UNROUTED(key.accountId)}
     and a.invoice_id = ${key.invoiceId}
   order by a.id
   limit ${DECISIONS_MAX}`.execute(tx)
  return rows
}

const DECISIONS_MAX = 200

/** Everything that was decided for an invoice, oldest first. */
export async function listInvoiceDecisions(
  tx: Tx,
  key: { readonly accountId: Uuid; readonly invoiceId: Uuid },
): Promise<DecisionRow[]> {
  const { rows } = await sql<DecisionRow>`
    select * from routing_decisions
     where account_id = ${key.accountId} and invoice_id = ${key.invoiceId}
     order by id
     limit ${DECISIONS_MAX}`.execute(tx)
  return rows
}

/** Gives each its turn; the last one of a name counts. In order of name, so that two workers wait for each other in one. */
export async function saveTurns(
  tx: Tx,
  accountId: Uuid,
  turns: readonly { readonly of: string; readonly gatewayId: Uuid }[],
): Promise<void> {
  if (turns.length === 0) return
  const last = [...new Map(turns.map((turn) => [turn.of, turn.gatewayId]))]
  await sql`
    insert into routing_turns (account_id, turn_of, gateway_id)
    select ${accountId}, t.turn_of, t.gateway_id
      from unnest(${last.map(([of]) => of)}::text[], ${last.map(([, id]) => id)}::uuid[]) as t (turn_of, gateway_id)
     order by t.turn_of
    on conflict (account_id, turn_of) do update set gateway_id = excluded.gateway_id`.execute(tx)
}

export type UsageDelta = {
  readonly gatewayId: Uuid
  readonly hourAt: Instant
  readonly currency: string
  readonly capturedMinor: bigint
  readonly approved: number
  readonly declined: number
  readonly chargebacks: number
}

/** Adds what came of charges. `slot` keeps workers that settle at the same moment apart. */
export async function addUsage(
  tx: Tx,
  accountId: Uuid,
  { deltas, slot }: { readonly deltas: readonly UsageDelta[]; readonly slot: number },
): Promise<void> {
  if (deltas.length === 0) return
  await sql`
    insert into gateway_usage
      (account_id, gateway_id, hour_at, currency, slot, captured_minor, approved, declined, chargebacks)
    select ${accountId}, d.gateway_id, d.hour_at, d.currency, ${slot}::int, d.captured_minor, d.approved, d.declined,
           d.chargebacks
      from unnest(
        ${deltas.map((delta) => delta.gatewayId)}::uuid[], ${deltas.map((delta) => formatInstant(delta.hourAt))}::timestamptz[],
        ${deltas.map((delta) => delta.currency)}::text[], ${deltas.map((delta) => delta.capturedMinor)}::bigint[],
        ${deltas.map((delta) => delta.approved)}::int[], ${deltas.map((delta) => delta.declined)}::int[],
        ${deltas.map((delta) => delta.chargebacks)}::int[]
      ) as d (gateway_id, hour_at, currency, captured_minor, approved, declined, chargebacks)
     order by d.gateway_id, d.hour_at, d.currency
    on conflict (account_id, gateway_id, hour_at, currency, slot) do update set
      captured_minor = gateway_usage.captured_minor + excluded.captured_minor,
      approved = gateway_usage.approved + excluded.approved,
      declined = gateway_usage.declined + excluded.declined,
      chargebacks = gateway_usage.chargebacks + excluded.chargebacks`.execute(tx)
}

/** Counts approvals and attempts by the card's first six digits, of the methods whose digits are known. */
export async function addBinResults(
  tx: Tx,
  accountId: Uuid,
  settled: readonly {
    readonly paymentMethodId: Uuid
    readonly gatewayId: Uuid
    readonly at: Instant
    readonly isApproved: boolean
  }[],
): Promise<void> {
  if (settled.length === 0) return
  await sql`
    insert into bin_results (account_id, bin, gateway_id, day_on, approved, attempts)
    select ${accountId}, left(pm.card_bin, 6), s.gateway_id, (s.at at time zone 'UTC')::date,
           count(*) filter (where s.is_approved), count(*)
      from unnest(
        ${settled.map((one) => one.paymentMethodId)}::uuid[], ${settled.map((one) => one.gatewayId)}::uuid[],
        ${settled.map((one) => formatInstant(one.at))}::timestamptz[], ${settled.map((one) => one.isApproved)}::boolean[]
      ) as s (payment_method_id, gateway_id, at, is_approved)
      join payment_methods pm on pm.account_id = ${accountId} and pm.id = s.payment_method_id
     where pm.card_bin is not null
     group by 2, 3, 4
     order by 2, 3, 4
    on conflict (account_id, bin, gateway_id, day_on) do update set
      approved = bin_results.approved + excluded.approved,
      attempts = bin_results.attempts + excluded.attempts`.execute(tx)
}
