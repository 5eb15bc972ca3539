import { type ErrorCatalogue, invalid, unknown, MAP_TOO_LARGE } from '../../platform/http/index.ts'

/** Something in a product or price that cannot be; `param` is its name on the wire. */
export type CatalogProblem = { readonly param: string; readonly message: string }

export type CatalogRefusal =
  | 'invalid_terms'
  | 'map_too_large'
  | 'reference_taken'
  | 'product_not_found'
  | 'price_not_found'
  | 'profile_not_found'

export const catalogErrors: ErrorCatalogue<CatalogRefusal> = {
  invalid_terms: invalid('These terms do not fit together.'),
  map_too_large: MAP_TOO_LARGE,
  reference_taken: invalid('Another product has this product_id.', 'product_id'),
  product_not_found: unknown('product'),
  profile_not_found: unknown('subscription profile', 'subscription_profile_id'),
  price_not_found: unknown('price'),
}
