import { type ErrorCatalogue, invalid, unknown } from '../../platform/http/index.ts'

/** Of a payment profile that something new is to be charged by. */
export type NamingRefusal = 'payment_profile_not_found' | 'payment_profile_disabled'

export function namingErrors(param: string): ErrorCatalogue<NamingRefusal> {
  return {
    payment_profile_not_found: unknown('payment profile', param),
    payment_profile_disabled: invalid(
      'This payment profile is disabled. Enable it, or name another one.',
      param,
    ),
  }
}

export const routingErrors: ErrorCatalogue<'name_taken'> = {
  name_taken: invalid('Another one has this name. Choose another name.', 'name'),
}
