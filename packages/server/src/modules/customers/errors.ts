import type { ErrorCatalogue } from '../../platform/http/index.ts'

export type CustomerRefusal = 'email_taken' | 'customer_not_found' | 'map_too_large'

export const customerErrors: ErrorCatalogue<CustomerRefusal> = {
  email_taken: {
    status: 400,
    type: 'invalid_request_error',
    code: 'validation_error',
    message: 'Another customer has this e-mail address.',
    param: 'email',
  },
  customer_not_found: {
    status: 404,
    type: 'invalid_request_error',
    code: 'resource_not_found',
    message: 'No such customer.',
  },
  map_too_large: {
    status: 400,
    type: 'invalid_request_error',
    code: 'validation_error',
    message:
      'With these keys the map would have more than 200. Remove some by setting them to null.',
    param: 'metadata',
  },
}
