import type { PaymentAttempt } from '@perennial/core/payments'
import { addDays, type Instant } from '@perennial/core/time'
import {
  eachDueByGateway,
  findAttempt,
  findUnansweredChallenges,
  postponeChallenge,
  unlessFault,
} from '../../payments/index.ts'
import { cancelIntent } from '../intents/cancel-intent.ts'
import { lookUpIntents } from '../intents/charge-intent.ts'
import { decidedAt, type DueWindow } from '../work/due-window.ts'
import { contextOf, type BillingDeps, type BillingScope } from '../scope.ts'

const BATCH_MAX = 100

/**
 * Customers who were sent to authenticate and never came back: after a day the gateway is asked once more, and what is
 * still unanswered is called off there and canceled here. How many ended. One that the gateway does not let go of is
 * tried again a day later.
 */
export async function expireChallenges(
  deps: BillingDeps,
  scope: BillingScope,
  window: DueWindow,
): Promise<number> {
  const { accountId } = scope
  const due = await deps.database.statement((tx) =>
    findUnansweredChallenges(tx, { accountId, until: window.until, limit: BATCH_MAX }),
  )
  const atOf = ({ checkAt }: PaymentAttempt): Instant => decidedAt(window, checkAt)
  let ended = 0
  await eachDueByGateway(due, { laneCount: deps.concurrency, atOf }, async (challenge, at) => {
    const about = { what: 'challenge', attemptId: challenge.id, gatewayId: challenge.gatewayId }
    const isOver = await unlessFault(deps.log, about, async () => {
      await lookUpIntents(deps, scope, [challenge], { atOf })
      return callOff(deps, scope, challenge, at)
    })
    if (isOver === true) ended += 1
  })
  return ended
}

async function callOff(
  deps: BillingDeps,
  scope: BillingScope,
  challenge: PaymentAttempt,
  at: Instant,
): Promise<boolean> {
  const { accountId } = scope
  const { id, paymentIntentId } = challenge
  const current = await deps.database.statement((tx) => findAttempt(tx, accountId, id))
  // Answered meanwhile, as the look-up has told.
  if (current?.state !== 'needs_action' || paymentIntentId === null) return true
  await deps.database.statement((tx) =>
    postponeChallenge(tx, { accountId, id, until: addDays(at, 1) }),
  )
  const context = contextOf(deps, scope, at)
  const request = { id: paymentIntentId, reason: 'abandoned' }
  return (await cancelIntent(deps, context, request)).kind === 'accepted'
}
