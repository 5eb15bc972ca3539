import { findAdviceCode } from './advice-codes.ts'
import { type DeclineCode, isDeclineCode } from './decline-codes.ts'
import type { Decline } from './decline.ts'
import { type DeclineDialect, findGatewayCode } from './gateways/tables.ts'
import { findIsoCode } from './iso-codes.ts'

/** A refusal as a gateway tells it. */
export type RawDecline = {
  /** The gateway's own code for it. */
  readonly code: string | null
  /** The network's response code, where the gateway hands it on. */
  readonly isoCode?: string | null
  /** The network's advice, as `03` or `03 : Do not try again`. */
  readonly adviceCode?: string | null
  readonly message?: string | null
}

/** Words of gateways that say nothing: the network's code, where there is one, says more. */
const SAYS_NOTHING: ReadonlySet<string> = new Set<DeclineCode>([
  'generic_decline',
  'card_declined',
  'do_not_honor',
  'try_again_later',
])

/**
 * A gateway's refusal in unified codes. What its table does not have is `generic_decline`, and the raw code goes
 * into the message, so that nothing is lost.
 */
export function normaliseDecline(dialect: DeclineDialect, raw: RawDecline): Decline {
  const iso = raw.isoCode === null || raw.isoCode === undefined ? null : findIsoCode(raw.isoCode)
  const own = raw.code === null ? null : ownCode(dialect, raw.code)
  const isOwnBetter = own !== null && (iso === null || !SAYS_NOTHING.has(own))
  return {
    code: isOwnBetter ? own : (iso?.code ?? 'generic_decline'),
    isoCode: iso?.isoCode ?? writtenIso(raw.isoCode),
    adviceCode: raw.adviceCode ? (findAdviceCode(raw.adviceCode)?.adviceCode ?? null) : null,
    message: own === null ? withCode(raw) : (raw.message ?? null),
  }
}

function ownCode(dialect: DeclineDialect, code: string): DeclineCode | null {
  const written = code.trim().toLowerCase()
  return findGatewayCode(dialect, code) ?? (isDeclineCode(written) ? written : null)
}

/** A code that no table has is kept if it can be one at all; text of any length is not. */
function writtenIso(isoCode: string | null | undefined): string | null {
  const written = isoCode?.trim().toUpperCase()
  return written !== undefined && /^[0-9A-Z]{2,3}$/.test(written) ? written : null
}

function withCode({ code, message }: RawDecline): string | null {
  if (code === null || code.trim() === '') return message ?? null
  return message ? `${message} (${code})` : code
}
