import type { Uuid } from '@perennial/core/ids'
import type { GatewayOutcome } from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'
import type { Challenge } from '../../payments/challenges/index.ts'
import type { OutsideDeps } from './outside-deps.ts'
import { findOutsideAttempt, findOutsideEnd, type OutsideEnd } from './queries/attempts.ts'
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

/**
 * The gateway tells unasked what became of a charge whose cardholder was sent to their bank. `contradicted`: money moved
 * that is booked as refused; null: no such charge waits for anybody.
 */
export async function hearOutsideCharge(
  deps: OutsideDeps,
  heard: { readonly accountId: Uuid; readonly id: Uuid; readonly gatewayId: Uuid; readonly outcome: GatewayOutcome }, // prettier-ignore
  at: Instant,
): Promise<'applied' | 'settled' | 'contradicted' | null> {
  const { accountId, id, gatewayId, outcome } = heard
  const key = { accountId, id }
  const { attempt, end } = await deps.database.tx(
    async (tx) => ({
      attempt: await findOutsideAttempt(tx, key),
      end: await findOutsideEnd(tx, key),
    }),
    { accountScope: accountId },
  )
  if (end?.gatewayId === gatewayId) return isContradicted(end, outcome, at) ? 'contradicted' : 'settled' // prettier-ignore
  if (attempt?.gatewayId !== gatewayId || attempt.nextActionUrl === null) return null
  const settled = await settleTold(deps, attempt, { outcome, at: () => at })
  return settled === null ? 'settled' : 'applied'
}

/** As of charges of our own: that it went well before it was refused is old news. */
function isContradicted(end: OutsideEnd, outcome: GatewayOutcome, at: Instant): boolean {
  if (end.state !== 'declined' || outcome.kind !== 'succeeded') return false
  return end.gatewayReference !== outcome.gatewayReference || at > end.settledAt
}

function findLive({ database }: OutsideDeps, { accountId, subject }: Challenge) {
  const key = { accountId, id: subject.id }
  return database.tx((tx) => findOutsideAttempt(tx, key), { accountScope: accountId })
}
