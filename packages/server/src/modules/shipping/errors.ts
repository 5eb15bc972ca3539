import {
  type ErrorCatalogue,
  illegal,
  invalid,
  unknown,
  MAP_TOO_LARGE,
} from '../../platform/http/index.ts'

export type ShippingRefusal =
  | 'not_found'
  | 'name_taken'
  | 'shipment_state_invalid'
  | 'map_too_large'

export const shippingErrors: ErrorCatalogue<ShippingRefusal> = {
  not_found: unknown('thing'),
  name_taken: invalid('Another shipping profile has this name. Choose another name.', 'name'),
  map_too_large: MAP_TOO_LARGE,
  shipment_state_invalid: illegal(
    'A shipment goes from pending to shipped to delivered; a pending one may be canceled, and a canceled one taken up again.',
    'status',
  ),
}
