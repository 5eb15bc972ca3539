import { type ErrorCatalogue, invalid, unknown } from '../../platform/http/index.ts'

export type CustomerRefusal = 'email_taken' | 'customer_not_found' | 'map_too_large'

export const customerErrors: ErrorCatalogue<CustomerRefusal> = {
  email_taken: invalid('Another customer has this e-mail address.', 'email'),
  customer_not_found: unknown('customer'),
  map_too_large: invalid(
    'With these keys the map would have more than 200. Remove some by setting them to null.',
    'metadata',
  ),
}
