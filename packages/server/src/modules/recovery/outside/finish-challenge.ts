import type { GatewayOutcome } from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'
import type { Challenge } from '../../payments/challenges/index.ts'
import type { OutsideDeps } from './outside-deps.ts'
import { findOutsideAttempt } from './queries/attempts.ts'
import { recoverAttempt, settleTold } from './run-attempts.ts'

/** A cardholder has come back from their bank: what they brought is handed in, and the recovery goes on from its answer. */
export async function finishOutsideChallenge(
  deps: OutsideDeps,
  challenge: Challenge,
  at: Instant,
): Promise<void> {
  const attempt = await findLive(deps, challenge)
  if (attempt !== null) await recoverAttempt(deps, attempt, { at: () => at })
}

/** The gateway tells unasked what became of it; false: it was settled before. */
export async function hearOutsideChallenge(
  deps: OutsideDeps,
  heard: { readonly challenge: Challenge; readonly outcome: GatewayOutcome },
  at: Instant,
): Promise<boolean> {
  const attempt = await findLive(deps, heard.challenge)
  if (attempt === null) return false
  return (await settleTold(deps, attempt, { outcome: heard.outcome, at: () => at })) !== null
}

function findLive({ database }: OutsideDeps, { accountId, subject }: Challenge) {
  const key = { accountId, id: subject.id }
  return database.tx((tx) => findOutsideAttempt(tx, key), { accountScope: accountId })
}
