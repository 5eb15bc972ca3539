import { assert, assertNever } from '@perennial/core/fault'
import { type Decline, getDecline, toReturnDecline } from '../judging/decline-codes.ts'
import type { Outcome } from '../judging/attempt.ts'
import { judge } from '../judging/judge.ts'
import type { World } from '../judging/world.ts'
import { addBusinessDays } from './business-days.ts'
import type { AttemptOutcome, Charge, ChargeAttempt, ChargeStatus } from './charge.ts'
import { type ResolvedToken, expiresAt } from './resolve-token.ts'
import { type CardHistory, type Entry, emptyHistory } from './state.ts'

/** A charge as a caller asks for it. */
export interface ChargeRequest {
  readonly account: string
  readonly gatewayId: string
  readonly idempotencyKey: string
  readonly token: string
  readonly instrument: string
  readonly amountMinor: number
  readonly currency: string
  readonly capture: boolean
  readonly description: string | null
  readonly metadata: Readonly<Record<string, unknown>> | null
  readonly at: number
  /**
   * How far the caller's own clock is ahead of UTC: named tokens that tell days mean the caller's.
   */
  readonly offsetMs: number
}

type Attempted = Extract<Entry, { kind: 'attempted' }>

/** How a bank debit ends, and after how many business days. */
const SETTLEMENT_DAYS = 3

interface Result {
  readonly outcome: Outcome | { readonly kind: 'pending'; readonly returned: Decline | null }
  readonly history: CardHistory
}

/**
 * What comes of a new charge. Nothing has happened until the entry is written to the journal and
 * applied.
 */
export function decideCharge(
  world: World,
  request: ChargeRequest,
  facts: {
    readonly token: ResolvedToken
    readonly history: CardHistory | undefined
    readonly sequence: number
    readonly chargeId: string
  },
): Attempted {
  const before = facts.history ?? emptyHistory
  const { outcome, history } = answer(world, request, facts.token, before)
  const status = statusOf(outcome)
  const attempt = toAttempt(request, {
    sequence: facts.sequence,
    outcome: auditOutcome(outcome),
    chargeId: status === null ? null : facts.chargeId,
  })
  const approved = status === 'succeeded'
  const isCounted = approved && facts.token.behaviour.kind === 'decline_after'
  const after = isCounted ? { ...history, approvals: history.approvals + 1 } : history
  const settlement =
    outcome.kind === 'pending'
      ? { at: addBusinessDays(request.at, SETTLEMENT_DAYS), returned: outcome.returned }
      : null
  const charge: Omit<Charge, 'attempt'> | null =
    status === null
      ? null
      : {
          id: facts.chargeId,
          status,
          decline: 'decline' in outcome ? outcome.decline : null,
          settlement,
          capturedMinor: approved && request.capture ? request.amountMinor : 0,
          refundedMinor: 0,
          isVoided: false,
          description: request.description,
          metadata: request.metadata,
        }
  return {
    kind: 'attempted',
    attempt,
    charge,
    history: after === before ? null : { key: facts.token.historyKey, history: after },
  }
}

function answer(
  world: World,
  request: ChargeRequest,
  token: ResolvedToken,
  history: CardHistory,
): Result {
  const { behaviour, card, instrument } = token
  switch (behaviour.kind) {
    case 'approve': {
      const isOver = request.at >= expiresAt(instrument, request.offsetMs)
      return { outcome: isOver ? expired : approvedOutcome, history }
    }
    case 'decline':
      return { outcome: { kind: 'declined', decline: behaviour.decline }, history }
    case 'decline_after':
      return history.approvals < behaviour.approvals
        ? { outcome: approvedOutcome, history }
        : { outcome: { kind: 'declined', decline: behaviour.decline }, history }
    case 'decline_until':
      return request.at + request.offsetMs < behaviour.untilLocal
        ? { outcome: { kind: 'declined', decline: behaviour.decline }, history }
        : { outcome: approvedOutcome, history }
    case 'timeout':
      return { outcome: { kind: 'timed_out', charged: behaviour.charged }, history }
    case 'authenticate':
      return history.isAuthenticated
        ? { outcome: approvedOutcome, history }
        : { outcome: { kind: 'needs_action', decline: mustAuthenticate }, history }
    case 'bank': {
      const { returnCode } = behaviour
      const returned = returnCode === null ? null : toReturnDecline(returnCode)
      return { outcome: { kind: 'pending', returned }, history }
    }
    case 'world':
    case 'world_issuer': {
      assert(card !== null, 'a token of the world has a card')
      const { gatewayId, amountMinor, currency, at } = request
      const { memory } = history
      const judged = judge(world, { card, memory, gatewayId, amountMinor, currency, at })
      return { outcome: judged.outcome, history: { ...history, memory: judged.memory } }
    }
    default:
      return assertNever(behaviour)
  }
}

/** Null where no charge comes into being. */
function statusOf(outcome: Result['outcome']): ChargeStatus | null {
  switch (outcome.kind) {
    case 'approved':
      return 'succeeded'
    case 'declined':
    case 'needs_action':
    case 'pending':
      return outcome.kind
    case 'gateway_error':
      return null
    case 'timed_out':
      return outcome.charged ? 'succeeded' : null
    default:
      return assertNever(outcome)
  }
}

function auditOutcome(outcome: Result['outcome']): AttemptOutcome {
  switch (outcome.kind) {
    case 'approved':
      return 'succeeded'
    case 'timed_out':
      return outcome.charged ? 'timeout_charged' : 'timeout_not_charged'
    case 'declined':
    case 'needs_action':
    case 'pending':
    case 'gateway_error':
      return outcome.kind
    default:
      return assertNever(outcome)
  }
}

function toAttempt(
  request: ChargeRequest,
  result: Pick<ChargeAttempt, 'sequence' | 'outcome' | 'chargeId'>,
): ChargeAttempt {
  const { account, gatewayId, idempotencyKey, token, instrument } = request
  const { amountMinor, currency, capture, at } = request
  return {
    ...result,
    account,
    gatewayId,
    idempotencyKey,
    token,
    instrument,
    amountMinor,
    currency,
    capture,
    at,
  }
}

const approvedOutcome = { kind: 'approved' } as const
const mustAuthenticate = getDecline('1A')
const expired = { kind: 'declined', decline: getDecline('54') } as const
