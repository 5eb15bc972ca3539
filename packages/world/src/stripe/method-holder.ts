import type { Answer } from '../http/answer.ts'
import { record } from '../http/context.ts'
import { thingKey } from '../vault/state.ts'
import { refuseMethod } from './errors.ts'
import { type StripeCall, scopeOf } from './stripe-call.ts'

/** Whose a payment method is. One that was charged while it was nobody's is spent, and so is one that was detached. */
export interface Holding {
  readonly customer: string | null
  readonly isSpent: boolean
}

export function holdingOf(stripe: StripeCall, token: string): Holding {
  const key = thingKey({ ...scopeOf(stripe), kind: 'holder', id: token })
  const body = stripe.context.state.things.get(key)?.body ?? {}
  const customer = body['customer']
  return {
    customer: typeof customer === 'string' ? customer : null,
    isSpent: body['is_spent'] === true,
  }
}

export function keepHolding(
  stripe: StripeCall,
  token: string,
  { customer, isSpent }: Holding,
): void {
  const body = { customer, is_spent: isSpent && !isTestName(token) }
  const thing = { ...scopeOf(stripe), kind: 'holder', id: token, at: stripe.call.at, body } as const
  record(stripe.context, { kind: 'thing_kept', thing })
}

/** As with `pm_card_visa` there, such a name stands for a new method whenever it is used: it is never spent. */
function isTestName(token: string): boolean {
  return token.startsWith('tok_')
}

/** Null where a method may be used for this customer, or for nobody. */
export function refuseUse(
  stripe: StripeCall,
  { token, customer }: { readonly token: string; readonly customer: string | null },
): Answer | null {
  const { customer: holder, isSpent } = holdingOf(stripe, token)
  if (isSpent) return refuseMethod(SPENT)
  if (holder === null || holder === customer) return null
  return refuseMethod(
    customer === null
      ? `The payment method supplied (${token}) belongs to the Customer ${holder}. Please include the Customer in the \`customer\` parameter.`
      : `The PaymentMethod ${token} does not belong to the Customer you supplied ${customer}. Please use this PaymentMethod with the Customer that it belongs to instead.`,
  )
}

/** After a charge: a method that nobody holds now is the customer's whom it was set up for, or spent. */
export function noteUse(
  stripe: StripeCall,
  use: { readonly token: string; readonly customer: string | null; readonly isSetUp: boolean },
): void {
  const { token, customer, isSetUp } = use
  if (holdingOf(stripe, token).customer !== null) return
  if (customer !== null && isSetUp) keepHolding(stripe, token, { customer, isSpent: false })
  else keepHolding(stripe, token, { customer: null, isSpent: true })
}

/** Null once the customer holds the method. */
export function attachTo(
  stripe: StripeCall,
  { token, customer }: { readonly token: string; readonly customer: string },
): Answer | null {
  const { customer: holder, isSpent } = holdingOf(stripe, token)
  if (isSpent) return refuseMethod(SPENT_UNATTACHED)
  if (holder !== null && holder !== customer) return refuseMethod(HELD)
  if (holder === null) keepHolding(stripe, token, { customer, isSpent: false })
  return null
}

// As integrations have met them there: https://github.com/Automattic/woocommerce-payments/issues/323,
// https://github.com/stripe/stripe-php/issues/1221.
const SPENT =
  'The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared with a connected account without Customer attachment, or was detached from a Customer. It may not be used again. To use a PaymentMethod multiple times, you must attach it to a Customer first.'
const SPENT_UNATTACHED =
  'This PaymentMethod was previously used without being attached to a Customer or was detached from a Customer, and may not be used again.'
const HELD = 'The payment method you provided has already been attached to a customer.'
