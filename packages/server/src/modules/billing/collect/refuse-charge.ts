import { NEVER_SENT_ON } from '@perennial/core/declines'
import { ApiRefusal } from '../../../platform/http/index.ts'

/** The gateway, or the way to it, was at fault: no issuer has refused anything. */
const OUTAGES: ReadonlySet<string> = new Set([...NEVER_SENT_ON, 'gateway_timeout'])

/**
 * The answer to a charge that failed: 402 where the card was refused, 502 where the gateway failed. Either is the end of
 * that charge; the same request with the same key is answered the same and charges nothing.
 */
export function refuseCharge(failed: {
  readonly declineCode: string | null
  readonly message: string | null
  readonly code?: string
  readonly details?: Readonly<Record<string, unknown>>
}): ApiRefusal {
  const { declineCode, message, code = 'card_declined', details } = failed
  const more = {
    ...(details === undefined ? {} : { details }),
    ...(declineCode === null ? {} : { declineCode }),
  }
  if (declineCode !== null && OUTAGES.has(declineCode)) {
    return new ApiRefusal({
      status: 502,
      type: 'api_error',
      code: 'gateway_failed',
      message: `The gateway could not take the charge${message === null ? '' : ` (${message})`}. Nothing was charged. Try again later with another idempotency key.`,
      ...more,
    })
  }
  return new ApiRefusal({
    status: 402,
    type: 'card_error',
    code,
    message: message ?? 'The charge was declined.',
    ...more,
  })
}
