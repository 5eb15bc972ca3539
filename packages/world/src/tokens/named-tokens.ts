import { findAdviceDecline, findDecline, toReturnDecline } from '../judging/decline-codes.ts'
import type { Behaviour, Instrument } from './behaviour.ts'

export type NamedToken =
  | { readonly kind: 'named'; readonly behaviour: Behaviour; readonly instrument: Instrument }
  | { readonly kind: 'malformed'; readonly message: string }
  /** Not one of the names: `pm_a`. */
  | { readonly kind: 'unknown' }

/** Cards of named tokens outlive every simulated clock, apart from those named after their end. */
const farExpiry = { expMonth: 12, expYear: 2039 }

export const visa: Instrument = {
  type: 'card',
  brand: 'visa',
  network: 'visa',
  bin: '424242',
  last4: '4242',
  ...farExpiry,
  funding: 'credit',
  country: 'US',
}

const mastercard: Instrument = {
  ...visa,
  brand: 'mastercard',
  network: 'mastercard',
  bin: '555555',
  last4: '4444',
}

const bankAccount: Instrument = {
  type: 'us_bank_account',
  brand: null,
  network: 'ach',
  bin: null,
  last4: '6789',
  expMonth: null,
  expYear: null,
  funding: null,
  country: 'US',
}

const approve: Behaviour = { kind: 'approve' }

const wholeNames: Readonly<Record<string, NamedToken>> = {
  tok_visa: named(approve, visa),
  tok_visa_debit: named(approve, { ...visa, bin: '400005', last4: '5556', funding: 'debit' }),
  tok_mastercard: named(approve, mastercard),
  tok_amex: named(approve, {
    ...visa,
    brand: 'amex',
    network: 'amex',
    bin: '378282',
    last4: '0005',
  }),
  tok_discover: named(approve, {
    ...visa,
    brand: 'discover',
    network: 'discover',
    bin: '601111',
    last4: '1117',
  }),
  tok_timeout_charged: named({ kind: 'timeout', charged: true }, visa),
  tok_timeout_not_charged: named({ kind: 'timeout', charged: false }, visa),
  tok_authenticate: named({ kind: 'authenticate' }, { ...visa, bin: '400000', last4: '3155' }),
  tok_world: named({ kind: 'world', number: null }, visa),
  tok_ach: named({ kind: 'bank', returnCode: null }, bankAccount),
}

type Reader = (parameters: readonly string[]) => NamedToken

/**
 * Longer patterns first, as `tok_decline_after_…` would also read as a decline with the code
 * `after_…`.
 */
const patterns: readonly (readonly [pattern: RegExp, read: Reader])[] = [
  [/^tok_decline_after_(\d{1,9})_(.+)$/, ([count = '', code = '']) => declineAfter(count, code)],
  [/^tok_decline_until_(\d{8})_(.+)$/, ([day = '', code = '']) => declineUntil(day, code)],
  [/^tok_decline_(.+)$/, ([code = '']) => decline(code)],
  [/^tok_advice_(.+)$/, ([code = '']) => advice(code)],
  [/^tok_expires_(.+)$/, ([month = '']) => expires(month)],
  [/^tok_world_(.+)$/, ([number = '']) => worldCard(number)],
  [/^tok_ach_return_(.+)$/, ([code = '']) => achReturn(code)],
  [/^tok_timeout_(.+)$/, () => malformed('tok_timeout_charged and tok_timeout_not_charged exist')],
]

/** Reads a token's name by the table of the sandbox's cards. */
export function readNamedToken(token: string): NamedToken {
  const whole = Object.hasOwn(wholeNames, token) ? wholeNames[token] : undefined
  if (whole !== undefined) return whole
  for (const [pattern, read] of patterns) {
    const match = pattern.exec(token)
    if (match !== null) return read(match.slice(1))
  }
  return { kind: 'unknown' }
}

function named(behaviour: Behaviour, instrument: Instrument): NamedToken {
  return { kind: 'named', behaviour, instrument }
}

function malformed(message: string): NamedToken {
  return { kind: 'malformed', message }
}

function decline(code: string): NamedToken {
  const found = findDecline(code)
  if (found === null) return malformed(`${code} is not a decline code`)
  return named({ kind: 'decline', decline: found }, { ...visa, bin: '400000', last4: '0002' })
}

function declineAfter(count: string, code: string): NamedToken {
  const found = findDecline(code)
  if (found === null) return malformed(`${code} is not a decline code`)
  const behaviour = { kind: 'decline_after', approvals: Number(count), decline: found } as const
  return named(behaviour, { ...visa, bin: '400000', last4: '0341' })
}

function declineUntil(day: string, code: string): NamedToken {
  const found = findDecline(code)
  if (found === null) return malformed(`${code} is not a decline code`)
  const untilLocal = readDay(day)
  if (untilLocal === null) return malformed(`${day} is not a day written yyyymmdd`)
  const behaviour = { kind: 'decline_until', untilLocal, decline: found } as const
  return named(behaviour, { ...visa, bin: '400000', last4: '9995' })
}

function advice(code: string): NamedToken {
  const found = /^\d{1,2}$/.test(code) ? findAdviceDecline(code) : null
  if (found === null) return malformed(`${code} is not a Mastercard merchant advice code`)
  return named({ kind: 'decline', decline: found }, mastercard)
}

function expires(month: string): NamedToken {
  if (!/^\d{6}$/.test(month) || readDay(`${month}01`) === null) {
    return malformed(`${month} is not a month written yyyymm`)
  }
  const expiry = { expMonth: Number(month.slice(4)), expYear: Number(month.slice(0, 4)) }
  return named(approve, { ...visa, bin: '400000', last4: '0069', ...expiry })
}

function worldCard(number: string): NamedToken {
  if (!/^\d{1,15}$/.test(number)) return malformed(`${number} is not the number of a card`)
  return named({ kind: 'world', number: Number(number) }, visa)
}

function achReturn(code: string): NamedToken {
  const returnCode = code.toUpperCase()
  if (!/^R\d\d$/.test(returnCode)) return malformed(`${code} is not an ACH return code such as R01`)
  return named({ kind: 'bank', returnCode: toReturnDecline(returnCode).returnCode }, bankAccount)
}

/**
 * Midnight at the start of a day, as milliseconds on a local clock; null for a day that does not
 * exist.
 */
function readDay(day: string): number | null {
  const [year, month, date] = [day.slice(0, 4), day.slice(4, 6), day.slice(6, 8)]
  const at = Date.parse(`${year}-${month}-${date}T00:00:00Z`)
  if (Number.isNaN(at)) return null
  return new Date(at).toISOString().startsWith(`${year}-${month}-${date}`) ? at : null
}
