import { type ErrorCatalogue, invalid, unknown, MAP_TOO_LARGE } from '../../platform/http/index.ts'

export type CustomerRefusal = 'email_taken' | 'customer_not_found' | 'map_too_large'

export const customerErrors: ErrorCatalogue<CustomerRefusal> = {
  email_taken: invalid('Another customer has this e-mail address.', 'email'),
  customer_not_found: unknown('customer'),
  map_too_large: MAP_TOO_LARGE,
}
