import type { GatewayOutcome, PaymentAttempt } from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'
import { lookUpAttempts } from '../../payments/index.ts'
import { settleWordOf } from '../../payments/notices/index.ts'
import type { BillingDeps, BillingScope } from '../scope.ts'
import { settleOutcomes } from '../collect/settle-outcomes.ts'
import { settleIntentAttempts } from '../intents/charge-intent.ts'
import type { ChargeNotice, WordOfRefused } from './charge-notice.ts'
import type { NoticeVerdict } from '../notice-verdict.ts'

/** Told after the charge was booked as refused. */
export function isNews({ settledAt }: PaymentAttempt, toldAt: Instant): boolean {
  return settledAt === null || toldAt > settledAt
}

/** What had been refused is on its way again: somebody tries it anew in the gateway's own dashboard. */
export function isTriedAgain(attempt: PaymentAttempt, { at, outcome }: ChargeNotice): boolean {
  return attempt.state === 'declined' && outcome.kind === 'pending' && isNews(attempt, at)
}

/**
 * Its bill is charged by nothing else while this waits. A gateway that can be asked is, until it knows the end: what it took is
 * booked, or kept for a person. Another one tells it, or a person looks.
 */
export async function hearTriedAgain(
  deps: BillingDeps,
  scope: BillingScope,
  { attempt }: WordOfRefused,
  at: Instant,
): Promise<NoticeVerdict> {
  const outcome = await ask(deps, scope, attempt, at)
  const reason = 'the gateway tries again to collect what is booked as refused'
  switch (outcome?.kind) {
    case 'declined':
      return { kind: 'ignored', reason: 'already declined' }
    case 'pending':
      return { kind: 'waits', reason }
    case 'succeeded': {
      const settle = attempt.paymentIntentId === null ? settleOutcomes : settleIntentAttempts
      await settle(deps, scope, [{ attempt, outcome }], { atOf: () => at })
      return { kind: 'applied' }
    }
    default:
      return { kind: 'unmatched', reason, isWorrying: true }
  }
}

/** Null where the gateway cannot be asked without charging. */
async function ask(
  deps: BillingDeps,
  { accountId }: BillingScope,
  attempt: PaymentAttempt,
  at: Instant,
): Promise<GatewayOutcome | null> {
  const { port } = await deps.gateways.portOf(accountId, attempt.gatewayId)
  if (!port.abilities.lookUp) return null
  const told: GatewayOutcome[] = []
  await lookUpAttempts(deps, { accountId, at }, [attempt], ({ outcome }) => told.push(outcome))
  return told[0] ?? null
}

/** The end of a charge is told: that it was under way before is old news. */
export async function endPendingWord(
  deps: Pick<BillingDeps, 'database'>,
  { accountId }: BillingScope,
  { attempt, notice }: WordOfRefused,
): Promise<void> {
  if (notice.outcome.kind !== 'declined' && notice.outcome.kind !== 'succeeded') return
  const ended = { accountId, attemptId: attempt.id, outcomes: ['pending'], at: notice.at } as const
  await deps.database.statement((tx) => settleWordOf(tx, ended))
}
