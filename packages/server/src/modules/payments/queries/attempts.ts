import type { Uuid } from '@perennial/core/ids'
import type { PaymentAttempt } from '@perennial/core/payments'
import { formatInstant, instantFromMs, type Instant } from '@perennial/core/time'
import { type RawBuilder, sql } from 'kysely'
import {
  insertMany,
  lockRows,
  rowsOf,
  updateMany,
  updateUnchanged,
  type Tx,
  type WriterId,
} from '../../../platform/db/index.ts'
import { toAttempt, toAttemptRow, toAttemptUpdate, type AttemptRow } from '../rows.ts'

/** `leaseUntil`: real time until which the caller alone may talk to the gateway about them. */
export async function insertAttempts(
  tx: Tx,
  accountId: Uuid,
  attempts: readonly PaymentAttempt[],
  leaseUntil: Instant,
): Promise<void> {
  await insertMany(
    tx,
    'payment_attempts',
    rowsOf(attempts, (attempt) => toAttemptRow(accountId, attempt, leaseUntil)),
  )
}

/** With `lastWriter`: only if all of them stand as that transaction left them. */
export async function updateAttempts(
  tx: Tx,
  accountId: Uuid,
  attempts: readonly PaymentAttempt[],
  lastWriter?: WriterId,
): Promise<void> {
  const rows = rowsOf(attempts, (attempt) => toAttemptUpdate(accountId, attempt))
  if (lastWriter === undefined) await updateMany(tx, 'payment_attempts', rows)
  else await updateUnchanged(tx, 'payment_attempts', rows, lastWriter)
}

export async function lockAttempts(
  tx: Tx,
  accountId: Uuid,
  ids: readonly Uuid[],
): Promise<PaymentAttempt[]> {
  return (await lockRows(tx, 'payment_attempts', { accountId, ids })).map(toAttempt)
}

/**
 * Takes the lease of attempts whose outcome nobody is waiting for any more: `sending` or `unknown` with a
 * lease that ran out. Whoever took them asks the gateway and settles them.
 */
export async function claimUnsettledAttempts(
  tx: Tx,
  given: {
    readonly accountId: Uuid
    readonly realNow: Instant
    readonly leaseMs: number
    readonly limit: number
  },
): Promise<PaymentAttempt[]> {
  const { accountId, realNow, limit } = given
  const leaseUntil = instantFromMs(realNow + given.leaseMs)
  // As an array the claim is made once; as a join it may be made again for every attempt of the account.
  const { rows } = await sql<AttemptRow>`
    update payment_attempts as a set lease_until = ${leaseUntil}
     where a.account_id = ${accountId} and a.id = any(array(
             select id from payment_attempts
              where account_id = ${accountId} and state in ('sending', 'unknown') and lease_until <= ${realNow}
              order by lease_until
              limit ${limit}
                for update skip locked))
    returning a.*`.execute(tx)
  return rows.map(toAttempt)
}

/** Pending attempts that are to be asked about again by the account's time. */
export async function findPendingAttempts(
  tx: Tx,
  accountId: Uuid,
  until: Instant,
  limit: number,
): Promise<PaymentAttempt[]> {
  const { rows } = await sql<AttemptRow>`
    select * from payment_attempts
     where account_id = ${accountId} and state = 'pending' and check_at <= ${until}
     order by check_at
     limit ${limit}`.execute(tx)
  return rows.map(toAttempt)
}

/** Challenges that their customers have left unanswered for too long, by the account's time. */
export async function findUnansweredChallenges(
  tx: Tx,
  given: { readonly accountId: Uuid; readonly until: Instant; readonly limit: number },
): Promise<PaymentAttempt[]> {
  const { rows } = await sql<AttemptRow>`
    select * from payment_attempts
     where account_id = ${given.accountId} and state = 'needs_action' and check_at <= ${given.until}
     order by check_at
     limit ${given.limit}`.execute(tx)
  return rows.map(toAttempt)
}

export async function postponeChallenge(
  tx: Tx,
  challenge: { readonly accountId: Uuid; readonly id: Uuid; readonly until: Instant },
): Promise<void> {
  await sql`
    update payment_attempts set check_at = ${challenge.until}
     where account_id = ${challenge.accountId} and id = ${challenge.id} and state = 'needs_action'`.execute(
    tx,
  )
}

/** Authorisations that their gateways should have let go of by the account's time. */
export async function findLapsingHolds(
  tx: Tx,
  accountId: Uuid,
  until: Instant,
  limit: number,
): Promise<PaymentAttempt[]> {
  const { rows } = await sql<AttemptRow>`
    select * from payment_attempts
     where account_id = ${accountId} and operation = 'authorize' and state = 'succeeded' and check_at <= ${until}
     order by check_at
     limit ${limit}`.execute(tx)
  return rows.map(toAttempt)
}

/** When a hold is asked about again; null = never. */
export async function askAboutHoldAt(
  tx: Tx,
  accountId: Uuid,
  hold: { readonly id: Uuid; readonly at: Instant | null },
): Promise<void> {
  await sql`
    update payment_attempts set check_at = ${hold.at}
     where account_id = ${accountId} and id = ${hold.id}
       and operation = 'authorize' and state = 'succeeded'`.execute(tx)
}

/** Keeps what a person says became of an attempt that is still open, once: said again, it may be the `same` or `another`. */
export async function keepResolution(
  tx: Tx,
  given: {
    readonly accountId: Uuid
    readonly id: Uuid
    readonly resolution: {
      readonly as: string
      readonly note: string
      readonly gatewayReference: string | null
    }
    readonly at: Instant
  },
): Promise<'new' | 'same' | 'another'> {
  const { accountId, id, resolution, at } = given
  const kept = JSON.stringify({ ...resolution, at: formatInstant(at) })
  const { numAffectedRows } = await sql`
    update payment_attempts set resolution = ${kept}::jsonb
     where account_id = ${accountId} and id = ${id} and resolution is null
       and state in ('sending', 'unknown', 'pending')`.execute(tx)
  if (numAffectedRows === 1n) return 'new'
  const { rows } = await sql<{ readonly as: string | null }>`
    select resolution->>'as' as "as" from payment_attempts
     where account_id = ${accountId} and id = ${id}`.execute(tx)
  return rows[0]?.as === resolution.as ? 'same' : 'another'
}

/** The slow payment that a gateway names by its own reference. */
export async function findPendingAttemptOf(
  tx: Tx,
  charge: { readonly accountId: Uuid; readonly gatewayId: Uuid; readonly reference: string },
): Promise<PaymentAttempt | null> {
  const { rows } = await sql<AttemptRow>`
    select * from payment_attempts
     where account_id = ${charge.accountId} and state = 'pending'
       and gateway_id = ${charge.gatewayId} and gateway_reference = ${charge.reference}
     limit 1`.execute(tx)
  return rows[0] === undefined ? null : toAttempt(rows[0])
}

export async function findAttempt(
  tx: Tx,
  accountId: Uuid,
  id: Uuid,
): Promise<PaymentAttempt | null> {
  const { rows } = await sql<AttemptRow>`
    select * from payment_attempts where account_id = ${accountId} and id = ${id}`.execute(tx)
  return rows[0] === undefined ? null : toAttempt(rows[0])
}

export async function findAttempts(
  tx: Tx,
  accountId: Uuid,
  ids: readonly Uuid[],
): Promise<PaymentAttempt[]> {
  const { rows } = await sql<AttemptRow>`
    select * from payment_attempts where account_id = ${accountId} and id = any(${ids}::uuid[])`.execute(
    tx,
  )
  return rows.map(toAttempt)
}

export async function findLiveAttempt(
  tx: Tx,
  accountId: Uuid,
  invoiceId: Uuid,
): Promise<PaymentAttempt | null> {
  return (await listLiveAttempts(tx, accountId, [invoiceId])).get(invoiceId) ?? null
}

/** The charge of each of these invoices whose end is not known; invoices without one are absent. */
export async function listLiveAttempts(
  tx: Tx,
  accountId: Uuid,
  invoiceIds: readonly Uuid[],
): Promise<ReadonlyMap<Uuid, PaymentAttempt>> {
  const { rows } = await sql<OfInvoice>`
    select * from payment_attempts
     where account_id = ${accountId} and invoice_id = any(${invoiceIds}::uuid[])
       and state in ('sending', 'unknown', 'pending', 'needs_action')`.execute(tx)
  return byInvoice(rows)
}

/** The last of the charges that were made of each of these invoices; invoices without any are absent. */
export async function listLatestAttempts(
  tx: Tx,
  accountId: Uuid,
  invoiceIds: readonly Uuid[],
): Promise<ReadonlyMap<Uuid, PaymentAttempt>> {
  const { rows } = await sql<OfInvoice>`
    select latest.*
      from unnest(${invoiceIds}::uuid[]) as asked (id)
     cross join lateral (
       select * from payment_attempts
        where account_id = ${accountId} and invoice_id = asked.id
        order by id desc
        limit 1) as latest`.execute(tx)
  return byInvoice(rows)
}

type OfInvoice = AttemptRow & { readonly invoice_id: Uuid }

function byInvoice(rows: readonly OfInvoice[]): ReadonlyMap<Uuid, PaymentAttempt> {
  return new Map(rows.map((row) => [row.invoice_id, toAttempt(row)]))
}

/** The last of the charges that were made of an invoice; null when there is none. */
export function findLatestAttempt(
  tx: Tx,
  accountId: Uuid,
  invoiceId: Uuid,
): Promise<PaymentAttempt | null> {
  return findLatest(tx, accountId, sql`invoice_id = ${invoiceId}`)
}

/** The latest attempt of an intent, if it was ever confirmed. */
export function findIntentAttempt(
  tx: Tx,
  accountId: Uuid,
  intentId: Uuid,
): Promise<PaymentAttempt | null> {
  return findLatest(tx, accountId, sql`payment_intent_id = ${intentId}`)
}

/** The authorisation that an intent's capture takes from, or that canceling it releases. */
export function findAuthorization(
  tx: Tx,
  accountId: Uuid,
  intentId: Uuid,
): Promise<PaymentAttempt | null> {
  const isHeld = sql`payment_intent_id = ${intentId} and operation = 'authorize' and state = 'succeeded'`
  return findLatest(tx, accountId, isHeld)
}

async function findLatest(
  tx: Tx,
  accountId: Uuid,
  isSought: RawBuilder<unknown>,
): Promise<PaymentAttempt | null> {
  const { rows } = await sql<AttemptRow>`
    select * from payment_attempts
     where account_id = ${accountId} and ${isSought}
     order by id desc
     limit 1`.execute(tx)
  return rows[0] === undefined ? null : toAttempt(rows[0])
}

/** How many charges each invoice has seen. Invoices without any are absent. */
export async function countAttempts(
  tx: Tx,
  accountId: Uuid,
  invoiceIds: readonly Uuid[],
): Promise<Map<Uuid, number>> {
  const { rows } = await sql<{ readonly invoice_id: Uuid; readonly count: number }>`
    select invoice_id, max(attempt_number) as count from payment_attempts
     where account_id = ${accountId} and invoice_id = any(${invoiceIds}::uuid[])
     group by invoice_id`.execute(tx)
  return new Map(rows.map((row) => [row.invoice_id, row.count]))
}

/**
 * Counts one more sending of an attempt whose gateway has none, and takes its lease. Not when it is settled or was sent
 * as often as allowed; then it tells when that was last (null = never again after the first time), and whether its
 * outcome is still open.
 */
export async function claimResend(
  tx: Tx,
  claim: {
    readonly accountId: Uuid
    readonly id: Uuid
    readonly sendsMax: number
    readonly leaseUntil: Instant
    /** Real time. */
    readonly sentAt: Instant
  },
): Promise<{
  readonly isClaimed: boolean
  readonly isOpen: boolean
  readonly lastSentAt: Instant | null
}> {
  const { accountId, id, sendsMax, leaseUntil, sentAt } = claim
  const { numAffectedRows } = await sql`
    update payment_attempts set sends = sends + 1, lease_until = ${leaseUntil}, last_sent_at = ${sentAt}
     where account_id = ${accountId} and id = ${id}
       and state in ('sending', 'unknown') and sends < ${sendsMax}`.execute(tx)
  if (numAffectedRows === 1n) return { isClaimed: true, isOpen: true, lastSentAt: sentAt }
  const { rows } = await sql<{ readonly last_sent_at: Instant | null; readonly open: boolean }>`
    select last_sent_at, state in ('sending', 'unknown') as open
      from payment_attempts where account_id = ${accountId} and id = ${id}`.execute(tx)
  const isOpen = rows[0]?.open === true
  return { isClaimed: false, isOpen, lastSentAt: rows[0]?.last_sent_at ?? null }
}
