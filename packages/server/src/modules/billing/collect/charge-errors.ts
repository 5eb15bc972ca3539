import { type CatalogueEntry, illegal, invalid } from '../../../platform/http/index.ts'

export const FORBIDDEN: CatalogueEntry = {
  status: 402,
  type: 'card_error',
  code: 'attempt_forbidden',
  message: "The rules of the card's network forbid this attempt. Charge another payment method.",
}

export const NO_GATEWAY = illegal(
  'No gateway may take this charge by the rules of its payment profile. Simulate the profile to see why.',
)

/** Its tokens are all of gateways that take no charges now. */
export function gatewaysDisabled(param: string): CatalogueEntry {
  return invalid(
    'Every gateway that has a token of this payment method is disabled. Enable one, or name another payment method.',
    param,
  )
}
