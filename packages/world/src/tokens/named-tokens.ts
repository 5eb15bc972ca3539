import { findAdviceDecline, findDecline, findReturnDecline } from '../judging/decline-codes.ts'
import { bankAccounts } from './bank-accounts.ts'
import {
  approvalAdvice,
  type BankScheme,
  type Behaviour,
  type DisputeKind,
  type Instrument,
} from './behaviour.ts'
import { isDisputeReason, listDisputeReasons } from './dispute-reasons.ts'
import { readDay } from './read-day.ts'

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

const approve = { kind: 'approve' } as const

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
  tok_nonsense: named({ kind: 'nonsense', charged: false }, visa),
  tok_nonsense_charged: named({ kind: 'nonsense', charged: true }, visa),
  tok_ach: settledDebit('ach'),
  tok_sepa: settledDebit('sepa'),
  tok_bacs: settledDebit('bacs'),
  tok_early_warning: disputed('early_warning', 'fraudulent'),
  tok_refund_pending: named({ kind: 'refund', ending: 'pending' }, { ...visa, last4: '7726' }),
  tok_refund_fail: named({ kind: 'refund', ending: 'fail' }, { ...visa, last4: '5126' }),
  tok_refund_fail_later: named(
    { kind: 'refund', ending: 'fail_later' },
    { ...visa, last4: '5126' },
  ),
  tok_refund_timeout: named({ kind: 'refund', ending: 'timeout' }, visa),
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
  [/^tok_approved_advice_(\d+)_then_(.+)$/, ([code = '', then = '']) => approvedAdvice(code, then)],
  [/^tok_approved_advice_(.+)$/, ([code = '']) => approvedAdvice(code, null)],
  [/^tok_expires_(.+)$/, ([month = '']) => expires(month)],
  [/^tok_world_(.+)$/, ([number = '']) => worldCard(number)],
  [/^tok_(ach|sepa|bacs)_return_([A-Za-z0-9]+)_after_(\d{1,3})$/, returnedDebit],
  [/^tok_(ach|sepa|bacs)_return_(.+)$/, returnedDebit],
  [/^tok_dispute_(.+)$/, ([reason = '']) => dispute('chargeback', reason)],
  [/^tok_inquiry_(.+)$/, ([reason = '']) => dispute('inquiry', reason)],
  [/^tok_(ach|sepa|bacs)_canceled_(.+)$/, canceledMandate],
  [/^tok_contact_(.+)$/, ([month = '']) => update('contact_cardholder', month)],
  [/^tok_updated_(.+)$/, ([month = '']) => update('updated', month)],
  [/^tok_closed_(.+)$/, ([month = '']) => update('closed', month)],
  [/^tok_slow_(.+)$/, ([waitMs = '']) => slow(waitMs)],
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

/** `then`: the refusal of every charge but the first; null = none, but for a number that its first charge has spent. */
function approvedAdvice(code: string, then: string | null): NamedToken {
  const adviceCode = approvalAdvice.find((known) => known === code)
  if (adviceCode === undefined) {
    return malformed(
      `${code} is not one of ${approvalAdvice.join(', ')}, which come with approvals`,
    )
  }
  if (then === null && adviceCode !== '41') return named({ ...approve, adviceCode }, mastercard)
  const found = then === null ? findAdviceDecline(adviceCode) : findDecline(then)
  if (found === null) return malformed(`${then} is not a decline code`)
  return named({ kind: 'decline_after', approvals: 1, decline: found, adviceCode }, mastercard)
}

function expires(month: string): NamedToken {
  if (readMonth(month) === null) return malformed(`${month} is not a month written yyyymm`)
  const expiry = { expMonth: Number(month.slice(4)), expYear: Number(month.slice(0, 4)) }
  return named(approve, { ...visa, bin: '400000', last4: '0069', ...expiry })
}

function worldCard(number: string): NamedToken {
  if (!/^\d{1,15}$/.test(number)) return malformed(`${number} is not the number of a card`)
  return named({ kind: 'world', number: Number(number) }, visa)
}

function settledDebit(scheme: BankScheme): NamedToken {
  return named(
    { kind: 'bank', scheme, returned: null, returnedAfterDays: null, canceledFromLocal: null },
    bankAccounts[scheme],
  )
}

function returnedDebit([name = '', code = '', days]: readonly string[]): NamedToken {
  const scheme = name === 'sepa' || name === 'bacs' ? name : 'ach'
  const returned = findReturnDecline(scheme, code.toUpperCase())
  if (returned === null) return malformed(`${code} is not a return code of ${scheme} debits`)
  const returnedAfterDays = days === undefined ? null : Number(days)
  const behaviour = { kind: 'bank', scheme, returned, returnedAfterDays } as const
  return named({ ...behaviour, canceledFromLocal: null }, bankAccounts[scheme])
}

function canceledMandate([name = '', month = '']: readonly string[]): NamedToken {
  const scheme = name === 'sepa' || name === 'bacs' ? name : 'ach'
  const canceledFromLocal = readMonth(month)
  if (canceledFromLocal === null) return malformed(`${month} is not a month written yyyymm`)
  const behaviour = { kind: 'bank', scheme, returned: null, returnedAfterDays: null } as const
  return named({ ...behaviour, canceledFromLocal }, bankAccounts[scheme])
}

/** Its first midnight; null for a month that does not exist. */
function readMonth(month: string): number | null {
  return /^\d{6}$/.test(month) ? readDay(`${month}01`) : null
}

function disputed(disputeKind: DisputeKind, reason: string): NamedToken {
  const card = { ...visa, bin: '400000', last4: '0259' }
  return named({ kind: 'dispute', disputeKind, reason }, card)
}

function dispute(disputeKind: DisputeKind, reason: string): NamedToken {
  if (isDisputeReason(reason)) return disputed(disputeKind, reason)
  return malformed(`${reason} is not one of ${listDisputeReasons().join(', ')}`)
}

/** Until that month the card ends in 4242, after an updater's work in 1881 and lives four years longer. */
function update(change: 'updated' | 'closed' | 'contact_cardholder', month: string): NamedToken {
  const fromLocal = readMonth(month)
  if (fromLocal === null) return malformed(`${month} is not a month written yyyymm`)
  const card = { ...visa, expMonth: Number(month.slice(4)), expYear: Number(month.slice(0, 4)) }
  const successor = { ...card, last4: '1881', expYear: card.expYear + 4 }
  const isUpdated = change === 'updated'
  const behaviour = { kind: 'update', change, fromLocal } as const
  return named({ ...behaviour, successor: isUpdated ? successor : null }, isUpdated ? card : visa)
}

/** The longest that a call may be kept waiting. */
const WAIT_MS_MAX = 60_000

function slow(waitMs: string): NamedToken {
  if (!/^\d{1,5}$/.test(waitMs) || Number(waitMs) > WAIT_MS_MAX) {
    return malformed(`${waitMs} is not a number of milliseconds up to ${WAIT_MS_MAX}`)
  }
  return named({ kind: 'slow', waitMs: Number(waitMs) }, visa)
}
