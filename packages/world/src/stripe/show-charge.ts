import type { Books } from '../statements/books.ts'
import { type Charge, chargeAt } from '../charges/charge.ts'
import { isMoneyDisputed } from '../disputes/disputes-of-charge.ts'
import { resolveToken } from '../vault/resolve-token.ts'
import type { Shown } from './objects/payment-intent.ts'

/** A charge with what Stripe's objects tell of it, as it stands at `at`. */
export function showChargeAt(
  { world, state }: Books,
  charge: Charge,
  { at, origin }: { readonly at: number; readonly origin: string },
): Shown {
  const { account, gatewayId, token, instrument } = charge.attempt
  const resolution = resolveToken(world, state, { account, gatewayId, token, instrument, at })
  return {
    charge: chargeAt(charge, at),
    token: resolution.kind === 'resolved' ? resolution.resolved : null,
    origin,
    isDisputed: isMoneyDisputed(state, charge, at),
  }
}
