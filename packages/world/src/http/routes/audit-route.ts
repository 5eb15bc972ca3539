import { type ChargeAttempt, chargeAt } from '../../charges/charge.ts'
import { type Answer, answerWith, refuse } from '../answer.ts'
import type { Call } from '../call.ts'
import type { Context } from '../context.ts'
import { toAuditBody } from '../wire.ts'

const LIMIT_DEFAULT = 100
const LIMIT_MAX = 1000

/**
 * GET /audit: every charge that any gateway saw, oldest first. `after` is the sequence of the last
 * one seen.
 */
export function listAudit({ state }: Context, call: Call): Answer {
  const limit = wholeNumber(call.query.get('limit'), LIMIT_DEFAULT)
  const after = wholeNumber(call.query.get('after'), 0)
  if (limit === null || after === null || limit < 1) return refuse('query_invalid')
  const bound = Math.min(limit, LIMIT_MAX)
  const found: ChargeAttempt[] = []
  for (let sequence = Math.max(after + 1, firstSequence(state.attempts)); ; sequence += 1) {
    const attempt = state.attempts.get(sequence)
    if (attempt === undefined || found.length > bound) break
    if (matches(attempt, call)) found.push(attempt)
  }
  const page = found.slice(0, bound)
  return answerWith({
    data: page.map((attempt) => {
      const charge = attempt.chargeId === null ? undefined : state.charges.get(attempt.chargeId)
      return toAuditBody(attempt, charge === undefined ? null : chargeAt(charge, call.at))
    }),
    has_more: found.length > bound,
    next_after: page.at(-1)?.sequence ?? after,
  })
}

/** Sequences have no gaps; the oldest may have been forgotten. */
function firstSequence(attempts: ReadonlyMap<number, ChargeAttempt>): number {
  const first = attempts.keys().next()
  return first.done === true ? 1 : first.value
}

function matches(attempt: ChargeAttempt, { query, account }: Call): boolean {
  const wanted = account === '' ? null : account
  return (
    isOr(attempt.account, wanted) &&
    isOr(attempt.gatewayId, query.get('gateway')) &&
    isOr(attempt.idempotencyKey, query.get('idempotency_key')) &&
    isOr(attempt.token, query.get('token'))
  )
}

function isOr(value: string, wanted: string | null): boolean {
  return wanted === null || value === wanted
}

function wholeNumber(text: string | null, otherwise: number): number | null {
  if (text === null) return otherwise
  return /^\d{1,15}$/.test(text) ? Number(text) : null
}
