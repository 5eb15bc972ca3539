import {
  type ErrorCatalogue,
  conflict,
  illegal,
  invalid,
  unknown,
  MAP_TOO_LARGE,
} from '../../../platform/http/index.ts'
import { FORBIDDEN, NO_GATEWAY, gatewaysDisabled } from '../collect/charge-errors.ts'
import type { CancelRefusal } from './cancel-intent.ts'
import type { CaptureRefusal } from './capture-intent.ts'
import type { ConfirmRefusal } from './confirm-intent.ts'
import type { DraftIntentRefusal, EditIntentRefusal } from './draft-intent.ts'

export const intentErrors: ErrorCatalogue<
  DraftIntentRefusal | EditIntentRefusal | ConfirmRefusal | CaptureRefusal | CancelRefusal
> = {
  intent_not_found: unknown('payment intent'),
  customer_not_found: unknown('customer', 'customer'),
  no_gateway_available: NO_GATEWAY,
  attempt_forbidden: FORBIDDEN,
  gateways_disabled: gatewaysDisabled('payment_method'),
  payment_method_not_found: unknown('payment method of this customer', 'payment_method'),
  payment_method_missing: invalid(
    'This customer has no default payment method. Name one, or attach one first.',
    'payment_method',
  ),
  amount_above_capturable: invalid(
    'That is more than is authorised. amount_capturable tells how much is.',
    'amount_to_capture',
  ),
  map_too_large: MAP_TOO_LARGE,
  customer_deleted: illegal('The customer is deleted and cannot be charged any more.'),
  intent_state_invalid: illegal("The payment intent's status does not allow this."),
  authorization_expired: {
    status: 402,
    type: 'card_error',
    code: 'capture_failed',
    declineCode: 'authorization_expired',
    message:
      'The authorisation has expired, so nothing can be taken any more. Charge the customer again.',
  },
  intent_being_charged: conflict(
    'A charge of this payment intent is under way. Wait for its outcome.',
  ),
  intent_not_releasable: conflict(
    'The gateway does not let this payment go any more. Look at the payment intent again.',
  ),
  gateway_unreachable: {
    status: 503,
    type: 'api_error',
    code: 'gateway_unreachable',
    message: 'The gateway that holds this payment does not answer. Please try again.',
  },
}
