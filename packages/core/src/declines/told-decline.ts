import type { DeclineDialect } from './gateways/tables.ts'
import { findIsoCode } from './iso-codes.ts'
import type { Decline } from './decline.ts'
import { normaliseDecline } from './normalise-decline.ts'

/**
 * A refusal by the one code that a biller tells of it: a word of ours, the gateway's own code, or the network's response code, of
 * two characters or, on American Express, three digits. Null where nothing was told. A number that is both is the gateway's: NMI's
 * 200 is no card to be picked up, and Adyen's 12 is a shortage of money.
 */
export function declineOfTold(dialect: DeclineDialect, code: string | null): Decline | null {
  if (code === null || code.trim() === '') return null
  const own = normaliseDecline(dialect, { code })
  const isoCode = RESPONSE_CODE.test(code.trim()) ? findIsoCode(code)?.isoCode : undefined
  if (isoCode === undefined) return own
  const both = normaliseDecline(dialect, { code, isoCode })
  return findIsoCode(isoCode)?.code === both.code ? both : own
}

const RESPONSE_CODE = /^(?:[0-9a-z]{2}|\d{3})$/i
