import { assertNever } from '@perennial/core/fault'
import { type Charge, type ChargeAttempt, chargeAt } from '../../charges/charge.ts'
import type { Outcome } from '../../judging/attempt.ts'
import { createReferee, type SeenTry } from '../../referee/referee.ts'
import { resolveToken } from '../../vault/resolve-token.ts'
import { type Answer, answerWith } from '../answer.ts'
import type { Call } from '../call.ts'
import type { Context } from '../context.ts'
import { toInstant } from '../wire.ts'

const ROWS_MAX = 1000

/**
 * GET /audit/broken-rules: the charges that the card networks' rules forbade, by the referee, oldest first. Every charge counts as one
 * that the merchant made by itself.
 */
export function listBrokenRules(context: Context, call: Call): Answer {
  const referee = createReferee()
  const data: object[] = []
  for (const attempt of context.state.attempts.values()) {
    if (call.account !== '' && attempt.account !== call.account) continue
    const tried = toSeenTry(context, attempt, call.at)
    const rule = tried === null ? null : referee.watch(tried)
    if (rule === null) continue
    const { sequence, account, gatewayId: gateway, token, at } = attempt
    data.push({ sequence, account, gateway, token, time: toInstant(at), rule })
    if (data.length === ROWS_MAX) break
  }
  return answerWith({ data })
}

/** Null for what no card network sees. `now`: as the charge stands then. */
function toSeenTry({ world, state }: Context, attempt: ChargeAttempt, now: number): SeenTry | null {
  const { account: merchant, amountMinor, currency, at } = attempt
  const resolution = resolveToken(world, state, attempt)
  const outcome = outcomeOf(attempt, chargeOf(state.charges, attempt, now))
  if (resolution.kind === 'refused' || outcome === null) return null
  const { instrument, fingerprint, historyKey } = resolution.resolved
  const { network, country } = instrument
  if (instrument.type !== 'card' || network === null) return null
  const card = `${historyKey}\n${fingerprint}`
  return { merchant, card, network, country, amountMinor, currency, at, outcome }
}

function chargeOf(
  charges: ReadonlyMap<string, Charge>,
  { chargeId }: ChargeAttempt,
  now: number,
): Charge | null {
  const charge = chargeId === null ? undefined : charges.get(chargeId)
  return charge === undefined ? null : chargeAt(charge, now)
}

/** Null for a bank debit that is under way. */
function outcomeOf({ outcome }: ChargeAttempt, charge: Charge | null): Outcome | null {
  switch (outcome) {
    case 'succeeded':
      return { kind: 'approved' }
    case 'declined':
    case 'needs_action': {
      // Approved once the customer had authenticated.
      if (charge?.status === 'succeeded') return { kind: 'approved' }
      const decline = charge?.decline ?? null
      return decline === null ? null : { kind: 'declined', decline }
    }
    case 'gateway_error':
      return { kind: 'gateway_error' }
    case 'timeout_charged':
    case 'timeout_not_charged':
      return { kind: 'timed_out', charged: outcome === 'timeout_charged' }
    case 'pending':
      return null
    default:
      return assertNever(outcome)
  }
}
