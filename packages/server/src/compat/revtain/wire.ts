import { assertNever } from '@perennial/core/fault'
import { encodeId, type Uuid } from '@perennial/core/ids'
import { toWireMinor } from '@perennial/core/money'
import type { OutsideRecovery, OutsideState } from '@perennial/core/recovery'
import { formatInstant, formatInstantOrNull } from '@perennial/core/time'
import type { Progress } from '../../modules/recovery/index.ts'
import { describeDecision } from './describe-decision.ts'

/** The four words of this face; whatever has not ended is `unknown`, and what was paid elsewhere is not ours to count. */
export function statusOf(state: OutsideState): 'succeeded' | 'failed' | 'blocked' | 'unknown' {
  switch (state) {
    case 'succeeded':
    case 'failed':
    case 'blocked':
      return state
    case 'canceled':
      return 'failed'
    case 'attempting':
    case 'scheduled':
    case 'awaiting_card':
      return 'unknown'
    default:
      return assertNever(state)
  }
}

export function transactionIdOf(recovery: Pick<OutsideRecovery, 'id'>): string {
  return encodeId('recovery_case', recovery.id)
}

const STATE_WORD: Readonly<Record<OutsideState, string>> = {
  attempting: 'attempting',
  scheduled: 'queued',
  awaiting_card: 'awaiting_card',
  succeeded: 'succeeded',
  failed: 'failed',
  blocked: 'blocked',
  canceled: 'canceled',
}

/** Where a shop sends its customer, who has to authenticate. */
function toNextAction(url: string | null) {
  return url === null ? {} : { nextAction: { type: 'redirect_to_url', url } }
}

/** Both status endpoints. */
export function toWireStatus({ recovery, nextActionUrl }: Progress) {
  const isRecovered = recovery.state === 'succeeded'
  const { closedAt, lastDecline, nextAttemptAt } = recovery
  return {
    transactionId: transactionIdOf(recovery),
    status: statusOf(recovery.state),
    recovered: isRecovered,
    amount: toWireMinor(recovery.amountMinor),
    currency: recovery.currency,
    recoveredAt: isRecovered && closedAt !== null ? formatInstant(closedAt) : null,
    strategyUsed: recovery.strategy,
    attemptCount: recovery.attemptsMade,
    lastDeclineCode: lastDecline?.code ?? null,
    ...(isRecovered
      ? {}
      : {
          recommendedAction:
            closedAt === null ? 'monitor' : (recovery.recommendedAction ?? 'monitor'),
          recommendedActionReason: recovery.reason ?? 'A charge is under way.',
        }),
    state: nextActionUrl === null ? STATE_WORD[recovery.state] : 'requires_action',
    nextAttemptAt: formatInstantOrNull(nextAttemptAt),
    ...toNextAction(nextActionUrl),
  }
}

export type CardLinkWire = { readonly url: string; readonly expiresAt: string }

/** `execute` when everything that applies now was done. */
export function toWireDone(
  recovery: OutsideRecovery,
  given: {
    readonly evidence: number
    readonly link: CardLinkWire | null
    readonly endedId: Uuid | null
  },
) {
  const isRecovered = recovery.state === 'succeeded'
  const reason = recovery.reason ?? 'Not recovered.'
  const { nextAttemptAt } = recovery
  const { link, endedId } = given
  return {
    success: isRecovered,
    message: isRecovered ? 'Revenue Recovered' : 'Not recovered',
    error: isRecovered ? null : reason,
    transactionId: transactionIdOf(recovery),
    strategyUsed: recovery.strategy,
    gatewaysAttempted: recovery.attemptsMade,
    recoveryEngineApplied: true,
    ai: describeDecision(recovery, given.evidence),
    ...(nextAttemptAt === null
      ? {}
      : { state: STATE_WORD[recovery.state], nextAttemptAt: formatInstant(nextAttemptAt) }),
    ...(link === null ? {} : { cardUpdateUrl: link.url, cardUpdateExpiresAt: link.expiresAt }),
    ...(endedId === null ? {} : { endedTransactionId: encodeId('recovery_case', endedId) }),
  }
}

/** `execute` when it waits. */
export function toWireQueued(recovery: OutsideRecovery, evidence: number) {
  const { nextAttemptAt, state } = recovery
  const isScheduled = state === 'scheduled' && nextAttemptAt !== null
  return {
    message: isScheduled
      ? 'Queued until a try is likelier to succeed.'
      : 'Queued until the card has been replaced.',
    status: 'queued',
    transactionId: transactionIdOf(recovery),
    ...(isScheduled ? { scheduledFor: formatInstant(nextAttemptAt) } : {}),
    ai: describeDecision(recovery, evidence),
  }
}

/** `execute` when nobody knows yet what became of the charge: no answer came, or its payer has to authenticate first. */
export function toWireUnknown({ recovery, nextActionUrl }: Progress) {
  const isAsked = nextActionUrl !== null
  return {
    message: isAsked
      ? 'The customer has to authenticate: send them to nextAction.url. Do not charge again.'
      : 'The gateway has not answered; it is being asked. Do not charge again.',
    status: 'unknown',
    transactionId: transactionIdOf(recovery),
    ...(isAsked ? { state: 'requires_action' } : {}),
    ...toNextAction(nextActionUrl),
  }
}
