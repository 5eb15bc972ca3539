import type { Instant } from '@perennial/core/time'
import type { Challenge } from '../../payments/challenges/index.ts'
import type { OutsideDeps } from './outside-deps.ts'
import { findOutsideAttempt } from './queries/attempts.ts'
import { recoverAttempt } from './run-attempts.ts'

/** A cardholder has come back from their bank: what they brought is handed in, and the recovery goes on from its answer. */
export async function finishOutsideChallenge(
  deps: OutsideDeps,
  { accountId, subject }: Challenge,
  at: Instant,
): Promise<void> {
  const key = { accountId, id: subject.id }
  const attempt = await deps.database.tx((tx) => findOutsideAttempt(tx, key), {
    accountScope: accountId,
  })
  if (attempt !== null) await recoverAttempt(deps, attempt, () => at)
}
