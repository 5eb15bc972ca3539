/** Cards of the simulated world by what they do (ARCHITECTURE.md, "Cards in a sandbox"). */
export const card = {
  good: 'tok_visa',
  mastercard: 'tok_mastercard',
  declines: (code: string) => `tok_decline_${code}`,
  declinesAfter: (charges: number, code: string) => `tok_decline_after_${charges}_${code}`,
  /** Declined before that day of the account's calendar, approved from then on. */
  declinesUntil: (day: string, code: string) =>
    `tok_decline_until_${day.replaceAll('-', '')}_${code}`,
  timesOutCharged: 'tok_timeout_charged',
  timesOutNotCharged: 'tok_timeout_not_charged',
  needsAuthentication: 'tok_authenticate',
  expiresAfter: (month: string) => `tok_expires_${month.replace('-', '')}`,
  bankAccount: 'tok_ach',
  bankAccountReturned: (code: string) => `tok_ach_return_${code}`,
} as const

/** What a start that is paid at once tells. */
export const PAID_START = [
  'subscription.created',
  'invoice.created',
  'invoice.finalized',
  'payment.succeeded',
  'invoice.paid',
  'subscription.activated',
]

/** What a start whose bill is sent tells. */
export const SENT_START = [
  'subscription.created',
  'invoice.created',
  'invoice.finalized',
  'invoice.sent',
  'subscription.activated',
]

/** What the money of a renewal tells when it comes. */
export const COLLECTED = ['payment.succeeded', 'invoice.paid', 'subscription.renewed']

/** What a renewal that is paid tells. */
export const PAID_RENEWAL = ['invoice.created', 'invoice.finalized', ...COLLECTED]

/** What a renewal tells whose charge is refused. */
export const DECLINED_RENEWAL = [
  'invoice.created',
  'invoice.finalized',
  'payment.failed',
  'invoice.payment_failed',
  'subscription.past_due',
]
