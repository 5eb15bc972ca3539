import type { Decline } from '../judging/decline-codes.ts'
import { judgeAuthenticated } from '../judging/judge.ts'
import type { CardMemory } from '../judging/memory.ts'
import type { World } from '../judging/world.ts'
import {
  type Charge,
  type Refund,
  chargeAt,
  hasLapsed,
  hasMovedMoney,
  settlesAt,
  takenBackAt,
} from './charge.ts'
import { refundFate } from './refund-fate.ts'
import type { ResolvedToken } from '../vault/resolve-token.ts'
import { type CardHistory, type Entry, emptyHistory } from '../vault/state.ts'

export type ChangeRefusal =
  | 'charge_not_capturable'
  | 'charge_not_voidable'
  | 'charge_not_refundable'
  | 'charge_not_waiting'
  | 'charge_disputed'
  | 'authorization_expired'
  | 'amount_too_large'

export type Change =
  | { readonly kind: 'accepted'; readonly entry: Entry }
  /** Done before, with the same wish. */
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'refused'; readonly code: ChangeRefusal }

/** One capture a charge; what it leaves is released. Null captures all of it. */
export function decideCapture(
  charge: Charge,
  { amountMinor, at }: { readonly amountMinor: number | null; readonly at: number },
): Change {
  const current = chargeAt(charge, at)
  if (hasLapsed(charge, at) && !charge.isVoided) return refused('authorization_expired')
  const wanted = amountMinor ?? current.attempt.amountMinor
  // A debit that was only authorised is never taken.
  if (charge.status !== 'succeeded' || current.isVoided) return refused('charge_not_capturable')
  if (current.capturedMinor > 0) {
    const isSame = amountMinor === null || current.capturedMinor === wanted
    return isSame ? { kind: 'unchanged' } : refused('charge_not_capturable')
  }
  if (wanted > current.attempt.amountMinor) return refused('amount_too_large')
  // Where a charge settles at once, so does its capture.
  const settles = charge.settlesAt === undefined ? {} : { settlesAt: at }
  return changed(charge, { capturedMinor: wanted, capturedAt: at, ...settles })
}

/**
 * Releases an authorisation, or stops what has not settled: a bank debit that is pending, a charge
 * whose customer has not authenticated, today's captured charge. Settled money is refunded instead.
 */
export function decideVoid(charge: Charge, now: number): Change {
  const current = chargeAt(charge, now)
  if (current.isVoided) return { kind: 'unchanged' }
  const isOpen = now < settlesAt(charge) && current.refundedMinor === 0
  const isHeld = current.status === 'succeeded' && (current.capturedMinor === 0 || isOpen)
  const isWaiting = current.status === 'pending' || current.status === 'needs_action'
  if (!isHeld && !isWaiting) return refused('charge_not_voidable')
  return changed(charge, { isVoided: true, voidedAt: now })
}

/** Null refunds what is left. All refunds together never exceed what was captured. */
export function decideRefund(
  charge: Charge,
  wish: {
    readonly amountMinor: number | null
    readonly id: string
    readonly idempotencyKey: string
    readonly at: number
    readonly token: ResolvedToken | null
    readonly metadata: Readonly<Record<string, unknown>> | null
    /** Whether a chargeback has the money, or had it for good. */
    readonly isDisputed: boolean
  },
): { readonly kind: 'accepted'; readonly refund: Refund } | Extract<Change, { kind: 'refused' }> {
  const current = chargeAt(charge, wish.at)
  if (!hasMovedMoney(current) || takenBackAt(charge, wish.at) !== null) {
    return refused('charge_not_refundable')
  }
  if (wish.isDisputed) return refused('charge_disputed')
  const left = current.capturedMinor - current.refundedMinor
  if (left === 0) return refused('charge_not_refundable')
  const amountMinor = wish.amountMinor ?? left
  if (amountMinor > left) return refused('amount_too_large')
  const { account, gatewayId, currency } = charge.attempt
  const { id, idempotencyKey, at } = wish
  const chargeId = charge.id
  const refund = { id, chargeId, account, gatewayId, idempotencyKey, amountMinor, currency, at }
  const metadata = wish.metadata === null ? {} : { metadata: wish.metadata }
  return { kind: 'accepted', refund: { ...refund, ...metadata, ...refundFate(wish.token, at) } }
}

/**
 * The customer has met the issuer's challenge, or failed it. Completing it again in the same way
 * changes nothing.
 */
export function decideAuthentication(
  world: World,
  charge: Charge,
  answer: {
    readonly result: 'succeeded' | 'failed'
    readonly token: ResolvedToken
    readonly history: CardHistory | undefined
    readonly at: number
  },
): Change {
  if (charge.isVoided) return refused('charge_not_waiting')
  if (charge.status !== 'needs_action') {
    const wasChallenged = charge.attempt.outcome === 'needs_action'
    const isSame = (charge.status === 'succeeded') === (answer.result === 'succeeded')
    return wasChallenged && isSame ? { kind: 'unchanged' } : refused('charge_not_waiting')
  }
  if (answer.result === 'failed') {
    return changed(charge, { status: 'declined', answeredAt: answer.at })
  }
  const before = answer.history ?? emptyHistory
  const judged = judgePassed(world, charge, { token: answer.token, history: before, at: answer.at })
  const approved = judged.decline === null
  const history = { ...before, memory: judged.memory, isAuthenticated: true }
  return {
    kind: 'accepted',
    entry: {
      kind: 'charge_changed',
      chargeId: charge.id,
      change: {
        status: approved ? 'succeeded' : 'declined',
        decline: judged.decline,
        capturedMinor: approved && charge.attempt.capture ? charge.attempt.amountMinor : 0,
        answeredAt: answer.at,
        capturedAt: answer.at,
        ...(charge.settlesAt === undefined ? {} : { settlesAt: answer.at }),
      },
      history: { key: answer.token.historyKey, history },
    },
  }
}

/** Named tokens are approved; a card of the world still has to have the money. */
function judgePassed(
  world: World,
  charge: Charge,
  facts: { readonly token: ResolvedToken; readonly history: CardHistory; readonly at: number },
): { readonly decline: Decline | null; readonly memory: CardMemory } {
  const { card } = facts.token
  const { memory } = facts.history
  if (card === null) return { decline: null, memory }
  const { gatewayId, amountMinor, currency } = charge.attempt
  const attempt = { card, memory, gatewayId, amountMinor, currency, at: facts.at }
  const judged = judgeAuthenticated(world, attempt)
  const decline = judged.outcome.kind === 'declined' ? judged.outcome.decline : null
  return { decline, memory: judged.memory }
}

function changed(
  charge: Charge,
  change: Extract<Entry, { kind: 'charge_changed' }>['change'],
): Change {
  const entry = { kind: 'charge_changed', chargeId: charge.id, change, history: null } as const
  return { kind: 'accepted', entry }
}

function refused(code: ChangeRefusal): Extract<Change, { kind: 'refused' }> {
  return { kind: 'refused', code }
}
