import type { HoldState } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import type { Tx } from '../../../platform/db/index.ts'
import { findAttempt, findIntentAttempt, lockAttempts, lockIntents } from '../../payments/index.ts'

const LIVE: readonly string[] = ['sending', 'unknown', 'pending']

/** An attempt on an intent, with the intent, locked like every charge of one. Null for any other attempt. */
export async function lockHold(
  tx: Tx,
  accountId: Uuid,
  attemptId: Uuid,
): Promise<HoldState | null> {
  const seen = await findAttempt(tx, accountId, attemptId)
  if (seen === null || seen.paymentIntentId === null) return null
  const [intent] = await lockIntents(tx, accountId, [seen.paymentIntentId])
  const [attempt] = await lockAttempts(tx, accountId, [attemptId])
  const latest = await findIntentAttempt(tx, accountId, seen.paymentIntentId)
  if (intent === undefined || attempt === undefined) return null
  const isBeingCaptured = latest?.operation === 'capture' && LIVE.includes(latest.state)
  return { intent, attempt, isBeingCaptured }
}
