import { assertNever } from '@perennial/core/fault'
import type { PaymentIntent } from '@perennial/core/payments'
import { refused, type Refused } from '../../../platform/command/index.ts'

type Wish = 'confirmed' | 'captured' | 'canceled' | 'changed'

/** What an intent's status does not allow, with the way out. */
export function refuseIntent(
  intent: Pick<PaymentIntent, 'status' | 'capturableMinor'>,
  wish: Wish,
): Refused<'intent_state_invalid'> {
  const message = `A payment intent that is ${intent.status} cannot be ${wish}. ${wayOutOf(intent)}`
  return refused('intent_state_invalid', { message, details: { status: intent.status } })
}

function wayOutOf({
  status,
  capturableMinor,
}: Pick<PaymentIntent, 'status' | 'capturableMinor'>): string {
  switch (status) {
    case 'requires_payment_method':
      return 'Confirm it with a payment_method that can be charged.'
    case 'requires_confirmation':
      return 'Confirm it first.'
    case 'requires_action':
      return 'Send the customer to next_action to authenticate, or cancel it.'
    case 'processing':
      return capturableMinor > 0n
        ? 'Capture what it holds, or cancel it to let that go.'
        : 'Its charge is under way: wait for the outcome, and read it again.'
    case 'succeeded':
      return 'Its money has been taken: refund the payment instead.'
    case 'canceled':
      return 'Create another one.'
    default:
      return assertNever(status)
  }
}
