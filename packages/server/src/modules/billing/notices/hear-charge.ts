import { assertNever } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import {
  canBeChallenged,
  HOLD_EXPIRED,
  isLive,
  type PaymentAttempt,
} from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'
import { findChallenge } from '../../payments/challenges/index.ts'
import { findAttempt, findPendingAttemptOf } from '../../payments/index.ts'
import { hearAboutSetup } from '../../payments/setup-intents/index.ts'
import { hearOutsideCharge } from '../../recovery/index.ts'
import { collectIntents, settleIntentAttempts } from '../intents/charge-intent.ts'
import { collect } from '../collect/collect.ts'
import { CHARGED_AFTER_ALL, hasRival } from '../collect/late-charge.ts'
import { endPendingWord, hearTriedAgain, isNews, isTriedAgain } from './tried-again.ts'
import { hearGivenAgain } from './hear-given-again.ts'
import { expireHold } from '../holds/expire-hold.ts'
import { contextOf, type BillingDeps, type BillingScope } from '../scope.ts'
import { settleOutcomes } from '../collect/settle-outcomes.ts'
import { SETTLED_BEFORE, type NoticeVerdict } from '../notice-verdict.ts'
import type { ChargeNotice, WordOfRefused } from './charge-notice.ts'

type HeardCharge = { readonly gatewayId: Uuid; readonly notice: ChargeNotice }

/** A gateway tells what became of a charge: the same as if it had been asked. */
export async function hearCharge(
  deps: BillingDeps,
  scope: BillingScope,
  heard: HeardCharge,
  at: Instant,
): Promise<NoticeVerdict> {
  const { notice } = heard
  if (notice.isGivenAgain === true) {
    const verdict = await hearGivenAgain(deps, scope, heard, at)
    if (verdict !== null) return verdict
  }
  const attempt = await deps.database.tx(async (tx) => {
    const { idempotencyKey: id, gatewayReference: reference } = notice
    if (id !== null) return findAttempt(tx, scope.accountId, id)
    return findPendingAttemptOf(tx, { ...heard, accountId: scope.accountId, reference })
  })
  if (attempt === null || attempt.gatewayId !== heard.gatewayId)
    return hearChallenge(deps, scope, heard, at)
  if (!isLive(attempt)) {
    if (isLapse(attempt, notice)) return lapsed(deps, scope, attempt, at)
    await endPendingWord(deps, scope, { attempt, notice })
    if (isContradicted(attempt, notice)) return hearLateCharge(deps, scope, { attempt, notice }, at)
    if (isTriedAgain(attempt, notice)) return hearTriedAgain(deps, scope, { attempt, notice }, at)
    return { kind: 'ignored', reason: `already ${attempt.state}` }
  }
  // Whoever sent the charge withdraws the challenge, and tells what came of that.
  if (notice.outcome.kind === 'needs_action' && !canBeChallenged(attempt))
    return { kind: 'ignored', reason: 'nobody is there for a challenge' }
  const answers = [{ attempt, outcome: notice.outcome }]
  const settings = { atOf: () => at }
  if (attempt.paymentIntentId === null) {
    const { next } = await settleOutcomes(deps, scope, answers, settings)
    await collect(deps, scope, next, settings)
  } else {
    const { next } = await settleIntentAttempts(deps, scope, answers, settings)
    await collectIntents(deps, scope, next, settings)
  }
  return { kind: 'applied' }
}

/** Of a card that was to be verified, or a payment of another biller, whose owner was sent to their bank. */
async function hearChallenge(
  deps: BillingDeps,
  scope: BillingScope,
  { gatewayId, notice }: HeardCharge,
  at: Instant,
): Promise<NoticeVerdict> {
  const { accountId } = scope
  const { idempotencyKey: id, outcome } = notice
  if (id === null) return UNMATCHED
  const challenge = await deps.database.tx((tx) => findChallenge(tx, { accountId, id }))
  if (challenge?.subject.kind === 'setup_intent') {
    if (challenge.gatewayId !== gatewayId) return UNMATCHED
    const told = { id: challenge.subject.id, verificationId: challenge.id, outcome }
    const isNew = await hearAboutSetup(deps, contextOf(deps, scope, at), told)
    return isNew ? { kind: 'applied' } : SETTLED_BEFORE
  }
  const verdict = await hearOutsideCharge(deps, { accountId, id, gatewayId, outcome }, at)
  switch (verdict) {
    case 'applied':
      return { kind: 'applied' }
    case 'settled':
      return SETTLED_BEFORE
    case 'contradicted':
      return { kind: 'parked', reason: CHARGED_AFTER_ALL }
    case null:
      return UNMATCHED
    default:
      return assertNever(verdict)
  }
}

const UNMATCHED: NoticeVerdict = {
  kind: 'unmatched',
  reason: 'no charge of ours has this key',
  isWorrying: false,
}

/** A hold that was given has ended without a capture, by the gateway's own doing. */
function isLapse(attempt: PaymentAttempt, { outcome }: ChargeNotice): boolean {
  const isHold = attempt.operation === 'authorize' && attempt.state === 'succeeded'
  return isHold && outcome.kind === 'declined' && outcome.decline.code === HOLD_EXPIRED.code
}

async function lapsed(
  deps: BillingDeps,
  scope: BillingScope,
  { id }: PaymentAttempt,
  at: Instant,
): Promise<NoticeVerdict> {
  return (await expireHold(deps, scope, id, at))
    ? { kind: 'applied' }
    : { kind: 'ignored', reason: 'nothing is held any more' }
}

/** Booked where it is still owed. What another charge is in the way of is tried again when that has come to an end. */
export async function hearLateCharge(
  deps: BillingDeps,
  scope: BillingScope,
  { attempt, notice, isAccepted = false }: LateWord,
  at: Instant,
): Promise<NoticeVerdict> {
  const answers = [{ attempt, outcome: notice.outcome }]
  const settings = { atOf: () => at, isTold: true, isAccepted }
  const { paid } =
    attempt.paymentIntentId === null
      ? await settleOutcomes(deps, scope, answers, settings)
      : await settleIntentAttempts(deps, scope, answers, settings)
  if (paid > 0) return { kind: 'applied' }
  const reason = CHARGED_AFTER_ALL
  return deps.database.tx(async (tx): Promise<NoticeVerdict> => {
    const now = await findAttempt(tx, scope.accountId, attempt.id)
    if (now?.state === 'succeeded') return SETTLED_BEFORE
    return { kind: (await hasRival(tx, scope, attempt)) ? 'waits' : 'parked', reason }
  })
}

type LateWord = WordOfRefused & { readonly isAccepted?: boolean }

/** Money moved for a charge that is booked as refused. That it went well before it was refused is old news. */
function isContradicted(attempt: PaymentAttempt, { at, outcome }: ChargeNotice): boolean {
  if (attempt.state === 'succeeded' || outcome.kind !== 'succeeded') return false
  const isSame = attempt.gatewayReference === outcome.gatewayReference
  return !isSame || isNews(attempt, at)
}
