import { type DeclineCode, isDeclineCode } from '../decline-codes.ts'
import { findIsoCode, listIsoCodes } from '../iso-codes.ts'
import type { Source } from '../sources.ts'
import { ADYEN } from './adyen.ts'
import { AUTHNET } from './authnet.ts'
import { BRAINTREE } from './braintree.ts'
import { CHECKOUT } from './checkout.ts'
import { DLOCAL } from './dlocal.ts'
import type { GatewayTable } from './gateway-table.ts'
import { GOCARDLESS } from './gocardless.ts'
import { NMI } from './nmi.ts'
import { PAYSTACK } from './paystack.ts'
import { RAZORPAY } from './razorpay.ts'
import { STRIPE } from './stripe.ts'
import { WORLDPAY } from './worldpay.ts'

/** Whose codes are known; `simulated` speaks the unified ones. */
export const DECLINE_DIALECTS = [
  'simulated',
  'stripe',
  'adyen',
  'braintree',
  'checkout',
  'authnet',
  'gocardless',
  'worldpay',
  'razorpay',
  'dlocal',
  'paystack',
  'nmi',
] as const
export type DeclineDialect = (typeof DECLINE_DIALECTS)[number]

const TABLES: Readonly<Record<DeclineDialect, GatewayTable>> = {
  simulated: [],
  stripe: STRIPE,
  adyen: ADYEN,
  braintree: BRAINTREE,
  checkout: CHECKOUT,
  authnet: AUTHNET,
  gocardless: GOCARDLESS,
  worldpay: WORLDPAY,
  razorpay: RAZORPAY,
  dlocal: DLOCAL,
  paystack: PAYSTACK,
  nmi: NMI,
}

/** One code of a gateway, as it writes it. */
export type GatewayCode = {
  readonly raw: string
  readonly code: DeclineCode
  readonly sources: readonly Source[]
}

const ROWS: ReadonlyMap<DeclineDialect, ReadonlyMap<string, GatewayCode>> = new Map(
  DECLINE_DIALECTS.map((dialect) => [dialect, rowsOf(TABLES[dialect])]),
)

function rowsOf(table: GatewayTable): ReadonlyMap<string, GatewayCode> {
  const rows = table.flatMap(({ codes, sources }) =>
    Object.entries(codes).map(([raw, code]) => [raw, { raw, code, sources }] as const),
  )
  return new Map(rows)
}

/** A gateway's own code as a unified one; null when its table does not have it. */
export function findGatewayCode(dialect: DeclineDialect, raw: string): DeclineCode | null {
  const written = raw.trim().toLowerCase()
  return ROWS.get(dialect)?.get(written)?.code ?? byRule(dialect, written)
}

/** What a table need not list because it follows a rule. */
function byRule(dialect: DeclineDialect, written: string): DeclineCode | null {
  switch (dialect) {
    case 'simulated':
      return isDeclineCode(written) ? written : null
    case 'checkout': {
      // 20 or 30, then the ISO code padded to three characters; 4…: its risk rules
      const isoCode = /^[23]0(?:0(..)|([0-9a-z]{2}))$/.exec(written)
      const inner = isoCode?.[1] ?? isoCode?.[2]
      if (inner !== undefined) return findIsoCode(inner)?.code ?? null
      return /^4\d{4}$/.test(written) ? 'highest_risk_level' : null
    }
    case 'worldpay':
      return findIsoCode(written)?.code ?? null
    case 'braintree':
      // declined by the issuer without more; 3…: the network behind could not be reached
      if (/^2\d{3}$/.test(written)) return 'generic_decline'
      return /^3\d{3}$/.test(written) ? 'issuer_not_available' : null
    default:
      return null
  }
}

/** All codes of a gateway that its table has, or that follow the networks' by a rule of its own. */
export function listGatewayCodes(dialect: DeclineDialect): readonly GatewayCode[] {
  const listed = [...(ROWS.get(dialect)?.values() ?? [])]
  if (dialect === 'checkout')
    return [...listed, ...isoRows(['CKO-R'], (isoCode) => `20${isoCode.padStart(3, '0')}`)]
  if (dialect === 'worldpay')
    return [...listed, ...isoRows(['WP2'], (isoCode) => isoCode.replace(/^0/, ''))]
  return listed.map((row) => ({ ...row, raw: asWritten(dialect, row.raw) }))
}

function isoRows(sources: readonly Source[], written: (isoCode: string) => string): GatewayCode[] {
  return listIsoCodes()
    .filter(({ isoCode }) => isoCode.length === 2)
    .map(({ isoCode, code }) => ({ raw: written(isoCode), code, sources }))
}

function asWritten(dialect: DeclineDialect, raw: string): string {
  return dialect === 'authnet' ? raw.toUpperCase() : raw
}
