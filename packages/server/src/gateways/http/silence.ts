import { type GatewayOutcome, unknownOutcome, unreachableOutcome } from '@perennial/core/payments'

/** No connection came about: of the request that waited for it, not a byte was sent. */
export class NeverSent extends Error {
  constructor(cause: unknown) {
    super(causeOf(cause), { cause })
  }
}

/** What a call failed of, for whoever reads why an outcome is unknown. */
export function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'no answer'
  if (error.message !== '') return error.message
  // All addresses of one name failed: each for itself.
  const [first]: unknown[] = error instanceof AggregateError ? error.errors : []
  return first === undefined ? 'no answer' : causeOf(first)
}

/**
 * What a charge comes to whose request failed with this. Only for the requests up to the one that moves the money: once
 * that has gone out, whatever fails afterwards leaves the charge unknown.
 */
export function silentCharge(error: unknown): GatewayOutcome {
  const unsent = findNeverSent(error)
  return unsent === null ? unknownOutcome(causeOf(error)) : unreachableOutcome(unsent.message)
}

/** Clients of vendors wrap what their transport throws. */
const WRAPPERS_MAX = 5

function findNeverSent(error: unknown): NeverSent | null {
  let inner = error
  for (let depth = 0; depth < WRAPPERS_MAX && inner instanceof Error; depth += 1) {
    if (inner instanceof NeverSent) return inner
    inner = inner.cause ?? ('detail' in inner ? inner.detail : undefined)
  }
  return null
}
