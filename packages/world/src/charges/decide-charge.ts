import { assert, assertNever } from '@perennial/core/fault'
import { DAY_MS } from '../calendar/zone.ts'
import { findReturnDecline, getDecline } from '../judging/decline-codes.ts'
import type { Outcome } from '../judging/attempt.ts'
import { judge } from '../judging/judge.ts'
import type { World } from '../judging/world.ts'
import { noMandateCodes, settlementDays } from '../tokens/bank-accounts.ts'
import type { Behaviour } from '../tokens/behaviour.ts'
import { addBusinessDays } from './business-days.ts'
import type { AttemptOutcome, Charge, ChargeAttempt, ChargeStatus } from './charge.ts'
import { foreseeDisputes } from '../disputes/decide-dispute.ts'
import { type ResolvedToken, expiresAt } from '../vault/resolve-token.ts'
import { type CardHistory, type Entry, emptyHistory } from '../vault/state.ts'

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
  /** Stripe settles as it captures, and never voids; the plain dialect settles at midnight. */
  readonly settles: 'at_once' | 'at_midnight'
  /** The customer is there and nobody says who it is: an earlier challenge proves nothing. */
  readonly isAnonymous: boolean
  /** The network's name for the first charge of a series. */
  readonly networkTransactionId: string | null
  /** What the cardholder is to read. */
  readonly statement?: NonNullable<Charge['statement']>
}

type Attempted = Extract<Entry, { kind: 'attempted' }>

type Settlement = NonNullable<Charge['settlement']>

interface Result {
  readonly outcome: Outcome | { readonly kind: 'pending'; readonly settlement: Settlement }
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
  const isCaptured = approved && request.capture
  const { networkTransactionId, at } = request
  const charge: Omit<Charge, 'attempt'> | null =
    status === null
      ? null
      : {
          id: facts.chargeId,
          status,
          decline: 'decline' in outcome ? outcome.decline : null,
          ...(approved ? adviceOf(facts.token.behaviour) : {}),
          settlement: outcome.kind === 'pending' ? outcome.settlement : null,
          capturedMinor: isCaptured ? request.amountMinor : 0,
          refundedMinor: 0,
          isVoided: false,
          description: request.description,
          metadata: request.metadata,
          ...(request.statement === undefined ? {} : { statement: request.statement }),
          ...(request.settles === 'at_once' ? { settlesAt: at } : {}),
          ...(networkTransactionId === null
            ? {}
            : { sentNetworkTransactionId: networkTransactionId }),
        }
  const disputes = charge === null ? [] : foreseeDisputes({ ...charge, attempt }, facts.token)
  return {
    kind: 'attempted',
    attempt,
    charge,
    history: after === before ? null : { key: facts.token.historyKey, history: after },
    ...(disputes.length === 0 ? {} : { disputes }),
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
    case 'nonsense':
      return { outcome: { kind: 'timed_out', charged: behaviour.charged }, history }
    case 'slow':
    case 'dispute':
    case 'refund':
      return { outcome: approvedOutcome, history }
    case 'update': {
      const isChanged = request.at + request.offsetMs >= behaviour.fromLocal
      if (behaviour.change === 'closed' && isChanged) return { outcome: closed, history }
      const isOver = request.at >= expiresAt(instrument, request.offsetMs)
      return { outcome: isOver ? expired : approvedOutcome, history }
    }
    case 'authenticate':
      return history.isAuthenticated && !request.isAnonymous
        ? { outcome: approvedOutcome, history }
        : { outcome: { kind: 'needs_action', decline: mustAuthenticate }, history }
    case 'bank':
      return {
        outcome: { kind: 'pending', settlement: settlementOf(behaviour, request) },
        history,
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

function adviceOf(behaviour: Behaviour): Pick<Charge, 'adviceCode'> {
  const adviceCode = 'adviceCode' in behaviour ? behaviour.adviceCode : undefined
  return adviceCode === undefined ? {} : { adviceCode }
}

function settlementOf(
  bank: Extract<Behaviour, { kind: 'bank' }>,
  request: Pick<ChargeRequest, 'at' | 'offsetMs'>,
): Settlement {
  const at = addBusinessDays(request.at, settlementDays[bank.scheme])
  const { returned, returnedAfterDays, canceledFromLocal } = bank
  if (canceledFromLocal !== null && request.at + request.offsetMs >= canceledFromLocal) {
    return { at, returned: findReturnDecline(bank.scheme, noMandateCodes[bank.scheme]) }
  }
  if (returned === null || returnedAfterDays === null) return { at, returned }
  const takenBack = { at: at + returnedAfterDays * DAY_MS, decline: returned }
  return { at, returned: null, takenBack }
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
const closed = { kind: 'declined', decline: getDecline('46') } as const
const expired = { kind: 'declined', decline: getDecline('54') } as const
