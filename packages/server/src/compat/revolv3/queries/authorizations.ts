import type { Uuid } from '@perennial/core/ids'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'
import { ATTEMPT, type FaceAttempt } from './objects.ts'

/** The last try to authorise an intent, whatever came of it. */
export async function readAuthorizationOf(
  tx: Tx,
  accountId: Uuid,
  intentId: Uuid,
): Promise<FaceAttempt | null> {
  const { rows } = await sql<FaceAttempt>`
    select ${ATTEMPT}
      from payment_attempts a
      left join gateways g on g.account_id = ${accountId} and g.id = a.gateway_id
     where a.account_id = ${accountId} and a.payment_intent_id = ${intentId} and a.operation = 'authorize'
     order by a.id desc limit 1`.execute(tx)
  return rows[0] ?? null
}

/** The invoice that an intent's money was taken for last. */
export async function readInvoiceOfCapture(
  tx: Tx,
  accountId: Uuid,
  intentId: Uuid,
): Promise<Uuid | null> {
  const { rows } = await sql<{ readonly invoice_id: Uuid | null }>`
    select invoice_id from payment_attempts
     where account_id = ${accountId} and payment_intent_id = ${intentId} and operation = 'capture'
     order by id desc limit 1`.execute(tx)
  return rows[0]?.invoice_id ?? null
}
