import { classifyDecline, findVisaCategory, type Decline } from '../declines/index.ts'
import type { Instant } from '../time/index.ts'
import type { RouteOutcome } from './route.ts'

/** A refusal that another card of the same payer may not meet: one of the card, not of the payer or of the way there. */
export function isCuredByAnotherCard(outcome: RouteOutcome): boolean {
  if (outcome.kind !== 'declined') return false
  const nothing = { isoCode: null, adviceCode: null, message: null }
  const { nature } = classifyDecline({ code: outcome.code, ...nothing })
  return nature !== 'fraud' && nature !== 'stop' && nature !== 'reconcile'
}

/**
 * What a refusal means for the route. Another gateway may pass what a gateway, or the way to the issuer, failed at.
 * Final: fraud, called-off payments, what an issuer refuses for good (Visa category 1, revolv3 6.4), and a
 * charge that may have been made already. `at`: when it was refused.
 */
export function toRouteOutcome(decline: Decline, at: Instant): RouteOutcome {
  const { code } = decline
  const { nature } = classifyDecline(decline)
  if (nature === 'technical' || nature === 'set_up') return { kind: 'error', code }
  const isFinal =
    nature === 'fraud' ||
    nature === 'stop' ||
    nature === 'hard' ||
    nature === 'reconcile' ||
    findVisaCategory(decline, at)?.category === 1 ||
    code === 'invalid_account'
  return { kind: 'declined', code, isFinal }
}
