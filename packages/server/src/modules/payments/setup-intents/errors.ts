import {
  type ErrorCatalogue,
  conflict,
  illegal,
  invalid,
  unknown,
} from '../../../platform/http/index.ts'
import { methodErrors } from '../errors.ts'
import type { CancelSetupRefusal } from './cancel-setup-intent.ts'
import type { ConfirmSetupRefusal } from './confirm-setup-intent.ts'
import type { EditSetupRefusal } from './draft-setup-intent.ts'

export const setupErrors: ErrorCatalogue<
  ConfirmSetupRefusal | CancelSetupRefusal | EditSetupRefusal
> = {
  ...methodErrors,
  setup_not_found: unknown('setup intent'),
  setup_state_invalid: illegal(
    'The setup intent does not allow this in its present status. Read it to see where it stands.',
  ),
  setup_being_verified: conflict(
    'The gateway is being asked about this setup intent. Try again in a moment.',
  ),
  setup_not_releasable: conflict(
    'The customer has answered the challenge meanwhile. Read the setup intent again.',
  ),
  customer_missing: invalid('Say first whose setup intent this is.', 'customer_id'),
  customer_deleted: invalid('The customer was deleted.', 'customer_id'),
  payment_method_missing: invalid(
    'Give the payment method, or a token, that is to be verified.',
    'payment_method_id',
  ),
  payment_method_not_found: unknown('payment method of this customer', 'payment_method_id'),
  method_type_differs: invalid(
    'The setup intent does not take payment methods of this type (payment_method_types).',
    'payment_method_id',
  ),
  no_gateway_for_method: invalid(
    'No enabled gateway has a token of this payment method.',
    'payment_method_id',
  ),
}
