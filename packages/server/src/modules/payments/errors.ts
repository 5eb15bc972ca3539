import {
  type ErrorCatalogue,
  conflict,
  invalid,
  unknown,
  MAP_TOO_LARGE,
} from '../../platform/http/index.ts'
import type { AddMethodRefusal } from './methods/add-payment-method.ts'
import type { AddTokenRefusal } from './methods/add-token.ts'
import type { AttachRefusal } from './methods/attach-payment-method.ts'
import type { ChangeMethodRefusal } from './methods/change-payment-method.ts'
import type { OrderRefusal } from './methods/order-methods.ts'

export const methodErrors: ErrorCatalogue<
  AddMethodRefusal | AttachRefusal | ChangeMethodRefusal | AddTokenRefusal | OrderRefusal
> = {
  customer_not_found: unknown('customer', 'customer_id'),
  method_not_found: unknown('payment method'),
  gateway_unknown: invalid(
    'This account has no such gateway, or none that is enabled. GET /v2/gateways lists them.',
    'gateway',
  ),
  gateway_unreachable: {
    status: 503,
    type: 'api_error',
    code: 'gateway_unreachable',
    message:
      'The gateway that made this token does not answer. Nothing was saved; please try again.',
  },
  token_malformed: invalid('This is no token of the gateway.', 'token'),
  token_unknown: invalid('The gateway does not know this token.', 'token'),
  method_under_mandate: conflict(
    'This payment method follows its mandate. Reinstate the mandate, or sign another.',
  ),
  token_differs: invalid(
    'The token stands for another card or account. Attach it as a payment method of its own.',
    'token',
  ),
  subscription_not_found: unknown('subscription'),
  places_not_distinct: invalid(
    'Name each payment method once, and give each a priority of its own.',
    'payment_methods',
  ),
  customer_method_not_found: unknown('payment method attached to this customer'),
  type_differs: invalid('The token stands for something of another type.', 'type'),
  method_detached: conflict('This payment method is detached. Attach it to a customer first.'),
  map_too_large: MAP_TOO_LARGE,
}
