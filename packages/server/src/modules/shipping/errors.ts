import {
  type ErrorCatalogue,
  illegal,
  invalid,
  MAP_TOO_LARGE,
  unknown,
} from '../../platform/http/index.ts'

export const shippingProfileErrors: ErrorCatalogue<'name_taken'> = {
  name_taken: invalid('Another shipping profile has this name. Choose another name.', 'name'),
}

export type ShipmentRefusal = 'shipment_not_found' | 'shipment_state_invalid' | 'map_too_large'

export const shipmentErrors: ErrorCatalogue<ShipmentRefusal> = {
  shipment_not_found: unknown('shipment'),
  shipment_state_invalid: illegal(
    'A shipment goes from pending to shipped to delivered; a pending one may be canceled, and a canceled one taken up again.',
    'status',
  ),
  map_too_large: MAP_TOO_LARGE,
}
