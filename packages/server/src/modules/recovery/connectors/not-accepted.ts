import { declinedOutcome, type GatewayOutcome } from '@perennial/core/payments'

/** Refused at the door: no access, or too many calls. */
const NOT_ACCEPTED: ReadonlySet<number> = new Set([401, 403, 429])

/** What a charge comes to that a platform did not let in, so that the card was not asked; null for any other answer. */
export function notAccepted(platform: string, status: number): GatewayOutcome | null {
  if (!NOT_ACCEPTED.has(status)) return null
  const message = `${platform} answered ${status}: nothing was charged.`
  return declinedOutcome('gateway_unreachable', message)
}
