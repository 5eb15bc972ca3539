import Stripe from 'stripe'
import { causeOf } from '../http/index.ts'

/**
 * What went wrong with a call. `refused`: the vendor understood it and said no, so nothing has happened. `silent`: no
 * answer, none that makes sense, or one that says nothing about this call (its key is in use, it comes too often, the
 * credentials are not taken); only a look-up tells.
 */
export type Failure =
  | { readonly kind: 'refused'; readonly error: Stripe.errors.StripeError }
  | { readonly kind: 'silent'; readonly cause: string }

export function toFailure(error: unknown): Failure {
  const { StripeCardError, StripeInvalidRequestError } = Stripe.errors
  const isRefusal = error instanceof StripeCardError || error instanceof StripeInvalidRequestError
  // 409: another call with this key is under way.
  if (isRefusal && error.statusCode !== 409) return { kind: 'refused', error }
  return { kind: 'silent', cause: causeOf(error) }
}

/** The vendor knows no such object. */
export function isMissing(failure: Failure): boolean {
  return (
    failure.kind === 'refused' &&
    (failure.error.code === 'resource_missing' || failure.error.statusCode === 404)
  )
}
