import type { ErrorCatalogue } from '../../platform/http/index.ts'

export type ShippingRefusal = 'not_found' | 'name_taken' | 'shipment_state_invalid'

export const shippingErrors: ErrorCatalogue<ShippingRefusal> = {
  not_found: {
    status: 404,
    type: 'invalid_request_error',
    code: 'resource_not_found',
    message: 'There is no such thing in this account.',
  },
  name_taken: {
    status: 400,
    type: 'invalid_request_error',
    code: 'validation_error',
    message: 'Another shipping profile has this name. Choose another name.',
    param: 'name',
  },
  shipment_state_invalid: {
    status: 400,
    type: 'invalid_request_error',
    code: 'invalid_request',
    message:
      'A shipment goes from pending to shipped to delivered; a pending one may be canceled, and a canceled one taken up again.',
    param: 'status',
  },
}
