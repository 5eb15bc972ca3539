import { type ErrorCatalogue, illegal, invalid, unknown } from '../../platform/http/index.ts'

export type ShippingRefusal = 'not_found' | 'name_taken' | 'shipment_state_invalid'

export const shippingErrors: ErrorCatalogue<ShippingRefusal> = {
  not_found: unknown('thing'),
  name_taken: invalid('Another shipping profile has this name. Choose another name.', 'name'),
  shipment_state_invalid: illegal(
    'A shipment goes from pending to shipped to delivered; a pending one may be canceled, and a canceled one taken up again.',
    'status',
  ),
}
