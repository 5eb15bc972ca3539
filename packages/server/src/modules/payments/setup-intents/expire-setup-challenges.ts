import { challengeEndsAt, type SetupIntent } from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'
import type { CommandContext } from '../../../platform/command/index.ts'
import { eachDueByGateway } from '../gateways/each-by-gateway.ts'
import { unlessFault } from '../gateways/unless-fault.ts'
import { claimUnansweredSetups, findSetupIntent } from '../queries/setup-intents.ts'
import { cancelSetupIntent } from './cancel-setup-intent.ts'
import {
  askAboutSetup,
  gatewayOf,
  type ManySetupsDeps,
  type SetupDeps,
} from './settle-setup-intent.ts'

const BATCH_MAX = 100

/**
 * Customers who were sent to authenticate a method and never came back: after a day the gateway is asked once more, and what
 * is still unanswered is called off there and canceled here. How many ended. One that the gateway does not let go of is tried
 * again a day later.
 */
export async function expireSetupChallenges(
  deps: ManySetupsDeps,
  contextAt: (at: Instant) => CommandContext,
  window: { readonly until: Instant; readonly decideAt: 'due' | 'until' },
): Promise<number> {
  const { until } = window
  const context = contextAt(until)
  const { accountId } = context
  const due = await context.inTx((tx) =>
    claimUnansweredSetups(tx, { accountId, until, limit: BATCH_MAX }),
  )
  const challenges = due.map((one) => ({ ...one, gatewayId: gatewayOf(one.intent) }))
  const atOf = ({ since }: { readonly since: Instant }): Instant =>
    window.decideAt === 'due' ? challengeEndsAt(since) : until
  let ended = 0
  const given = { laneCount: deps.concurrency, atOf }
  await eachDueByGateway(challenges, given, async ({ intent }, at) => {
    const about = { what: 'setup challenge', setupIntentId: intent.id }
    const isOver = await unlessFault(deps.log, about, () => callOff(deps, contextAt(at), intent))
    if (isOver === true) ended += 1
  })
  return ended
}

async function callOff(
  deps: SetupDeps,
  context: CommandContext,
  intent: SetupIntent,
): Promise<boolean> {
  const { accountId } = context
  const { id } = intent
  await askAboutSetup(deps, context, intent)
  const current = await context.inTx((tx) => findSetupIntent(tx, { accountId, id }))
  // Answered meanwhile, as the gateway has told.
  if (current?.status !== 'requires_action') return true
  const decision = await cancelSetupIntent(deps, context, { id, reason: 'abandoned' })
  return decision.kind === 'accepted'
}
