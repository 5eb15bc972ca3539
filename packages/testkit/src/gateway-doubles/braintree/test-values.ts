/**
 * Amounts that refuse, as the sandbox documents them
 * (developer.paypal.com/braintree/docs/reference/general/testing, "Transaction amounts"): whole units from 2000 on are
 * the processor's response code, 3000 is a network that cannot be reached, 5001 is rejected by the gateway itself.
 */
export type AmountVerdict =
  | { readonly kind: 'approved' }
  | { readonly kind: 'declined'; readonly code: string }
  | { readonly kind: 'failed'; readonly code: string }
  | { readonly kind: 'rejected'; readonly reason: string }

export function verdictOfAmount(amount: string): AmountVerdict {
  const whole = Number(amount.split('.')[0])
  if (whole >= 2000 && whole < 3000) return { kind: 'declined', code: String(whole) }
  if (whole === 3000) return { kind: 'failed', code: '3000' }
  if (whole === 5001) return { kind: 'rejected', reason: 'application_incomplete' }
  return { kind: 'approved' }
}

/** Texts of the processor's codes; those that are not here say "Processor Declined". */
const TEXTS: Readonly<Record<string, string>> = {
  '1000': 'Approved',
  '2000': 'Do Not Honor',
  '2001': 'Insufficient Funds',
  '2002': 'Limit Exceeded',
  '2004': 'Expired Card',
  '2010': 'Card Issuer Declined CVV',
  '2047': 'Call Issuer. Pick Up Card.',
  '3000': 'Processor Network Unavailable - Try Again',
  '4002': 'Settlement Pending',
}

export function textOfCode(code: string): string {
  return TEXTS[code] ?? 'Processor Declined'
}

/** By the first digits of a number. */
export function cardTypeOf(number: string): string {
  if (/^3[47]/.test(number)) return 'American Express'
  if (/^5[1-5]/.test(number)) return 'MasterCard'
  if (number.startsWith('6011')) return 'Discover'
  return 'Visa'
}
