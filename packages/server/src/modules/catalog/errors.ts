import type { ErrorCatalogue } from '../../platform/http/index.ts'

/** Something in a product or price that cannot be; `param` is its name on the wire. */
export type CatalogProblem = { readonly param: string; readonly message: string }

export type CatalogRefusal =
  | 'invalid_terms'
  | 'reference_taken'
  | 'product_not_found'
  | 'price_not_found'
  | 'profile_not_found'

export const catalogErrors: ErrorCatalogue<CatalogRefusal> = {
  invalid_terms: {
    status: 400,
    type: 'invalid_request_error',
    code: 'validation_error',
    message: 'These terms do not fit together.',
  },
  reference_taken: {
    status: 400,
    type: 'invalid_request_error',
    code: 'validation_error',
    message: 'Another product has this product_id.',
    param: 'product_id',
  },
  product_not_found: {
    status: 404,
    type: 'invalid_request_error',
    code: 'resource_not_found',
    message: 'No such product.',
  },
  profile_not_found: {
    status: 400,
    type: 'invalid_request_error',
    code: 'validation_error',
    message: 'There is no such subscription profile in this account.',
    param: 'subscription_profile_id',
  },
  price_not_found: {
    status: 404,
    type: 'invalid_request_error',
    code: 'resource_not_found',
    message: 'No such price.',
  },
}
