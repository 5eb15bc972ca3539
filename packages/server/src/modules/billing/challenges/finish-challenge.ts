import type { Instant } from '@perennial/core/time'
import { findAttempt, postponeChallenge } from '../../payments/index.ts'
import { type Challenge, findChallenge } from '../../payments/challenges/index.ts'
import { lookUpIntents } from '../intents/charge-intent.ts'
import type { BillingDeps, BillingScope } from '../scope.ts'

/**
 * The customer of a payment intent has come back from their bank: what they brought is handed in, and its answer settled.
 * An answer that got lost is asked for again with the next due work. Whatever was settled before stays as it is.
 */
export async function finishChallenge(
  deps: BillingDeps,
  scope: BillingScope,
  challenge: Challenge,
  at: Instant,
): Promise<void> {
  const { accountId, returnUrl } = challenge
  const { id } = challenge.subject
  const attempt = await deps.database.tx((tx) => findAttempt(tx, accountId, id))
  if (attempt?.state !== 'needs_action') return
  const back = returnUrl === null ? {} : { returnUrl }
  await lookUpIntents(deps, scope, [attempt], { atOf: () => at, ...back })
  await deps.database.tx(async (tx) => {
    const now = await findChallenge(tx, challenge)
    if (now !== null && now.brought !== null)
      await postponeChallenge(tx, { accountId, id, until: at })
  })
}
