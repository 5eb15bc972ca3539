import type { CardDetails } from '@perennial/core/payments'
import type { PaymentMethod } from './payment-method.ts'

type Seen = Pick<PaymentMethod, 'last4' | 'expMonth' | 'expYear'> & { readonly type: string }

/** Whether two tokens stand for one card or account, by what both gateways tell: what one keeps to itself proves nothing. */
export function isSameInstrument(seen: Seen, details: CardDetails): boolean {
  const pairs = [
    [seen.last4, details.last4],
    [seen.expMonth, details.expMonth],
    [seen.expYear, details.expYear],
  ] as const
  const differs = pairs.some(([one, other]) => one !== null && other !== null && one !== other)
  return seen.type === details.type && !differs
}
