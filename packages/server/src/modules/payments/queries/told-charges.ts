import type { Uuid } from '@perennial/core/ids'
import type { PaymentAttempt } from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'
import { type RawBuilder, sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'

/**
 * The notice `n` is about the attempt `a`, and its money may be with the gateway though the attempt is booked as refused, or
 * its payment as returned: it is neither booked nor set aside. One that is parked waits for a person, whatever it tells.
 */
const IS_TOLD: RawBuilder<boolean> = sql`
  n.account_id = a.account_id and n.payload->>'idempotencyKey' = a.id::text
  and n.kind = 'charge' and n.state in ('waiting', 'parked')
  and (n.state = 'parked' or n.payload->>'isGivenAgain' = 'true'
       or a.state in ('declined', 'canceled') and n.payload->'outcome'->>'kind' in ('succeeded', 'pending'))`

/** What charges are made for. */
type Charged = { readonly invoiceIds: readonly Uuid[]; readonly intentIds: readonly Uuid[] }

export function subjectsOf(
  attempts: readonly Pick<PaymentAttempt, 'invoiceId' | 'paymentIntentId'>[],
): Charged {
  return {
    invoiceIds: attempts.flatMap(({ invoiceId }) => invoiceId ?? []),
    intentIds: attempts.flatMap(({ paymentIntentId }) => paymentIntentId ?? []),
  }
}

/** Which of these invoices and payment intents have such a charge, by id. Nothing else may charge them. */
export async function listToldCharged(
  tx: Tx,
  accountId: Uuid,
  of: Charged,
): Promise<ReadonlySet<Uuid>> {
  const { rows } = await sql<{ readonly id: Uuid }>`
    select a.invoice_id as id from payment_attempts a join gateway_notices n on ${IS_TOLD}
     where a.account_id = ${accountId} and a.invoice_id = any(${of.invoiceIds}::uuid[])
    union all
    select a.payment_intent_id from payment_attempts a join gateway_notices n on ${IS_TOLD}
     where a.account_id = ${accountId} and a.payment_intent_id = any(${of.intentIds}::uuid[])`.execute(
    tx,
  )
  return new Set(rows.map(({ id }) => id))
}

/** Whether a gateway says that it took the money of this payment intent, by a charge that is booked as refused. */
export async function isIntentTaken(tx: Tx, accountId: Uuid, id: Uuid): Promise<boolean> {
  return (await listToldCharged(tx, accountId, { invoiceIds: [], intentIds: [id] })).has(id)
}

/**
 * Which of these invoices have a charge in flight, one whose outcome nobody knows, or one that its gateway says it has taken
 * though it is booked as refused, until that is booked or a person has looked; and when the charge was made.
 */
export async function listLivePayments(
  tx: Tx,
  accountId: Uuid,
  invoiceIds: readonly Uuid[],
): Promise<ReadonlyMap<Uuid, Instant>> {
  const { rows } = await sql<{ readonly invoice_id: Uuid; readonly created_at: Instant }>`
    select invoice_id, created_at from payment_attempts
     where account_id = ${accountId} and invoice_id = any(${invoiceIds}::uuid[])
       and state in ('sending', 'unknown', 'pending', 'needs_action')
    union all
    select a.invoice_id, a.created_at from payment_attempts a join gateway_notices n on ${IS_TOLD}
     where a.account_id = ${accountId} and a.invoice_id = any(${invoiceIds}::uuid[])`.execute(tx)
  return new Map(rows.map((row) => [row.invoice_id, row.created_at]))
}

/**
 * Other charges of what these attempts were made for have come to an end: what was told of an earlier one, and waited for
 * them, is due at once.
 */
export async function wakeToldCharges(
  tx: Tx,
  accountId: Uuid,
  ended: readonly PaymentAttempt[],
): Promise<void> {
  if (ended.length === 0) return
  const { invoiceIds, intentIds } = subjectsOf(ended)
  await sql`
    update gateway_notices n set next_try_at = n.received_at
      from payment_attempts a
     where a.account_id = ${accountId} and ${IS_TOLD} and n.state = 'waiting'
       and (a.invoice_id = any(${invoiceIds}::uuid[])
            or a.payment_intent_id = any(${intentIds}::uuid[]))
       and a.id <> all(${ended.map(({ id }) => id)}::uuid[])`.execute(tx)
}
