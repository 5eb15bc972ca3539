import { type ErrorCatalogue, illegal, invalid, unknown } from '../../platform/http/index.ts'
import { namingErrors, type NamingRefusal } from '../routing/index.ts'

export type ProfileRefusal =
  | 'profile_not_found'
  | 'profile_archived'
  | 'profile_invalid'
  | 'name_taken'
  | NamingRefusal
  | 'first_step_no_cascade'
  | 'shipping_profile_not_found'
  | 'salvage_profile_not_found'
  | 'profile_in_use'

export const profileErrors: ErrorCatalogue<ProfileRefusal> = {
  profile_not_found: unknown('subscription profile'),
  profile_archived: illegal('This profile is archived and cannot be changed any more.'),
  profile_invalid: invalid('These terms do not fit together.'),
  name_taken: invalid('Another subscription profile has this name. Choose another name.', 'name'),
  ...namingErrors('payment_profile_id'),
  first_step_no_cascade: invalid(
    'The last successful gateway can go first only where the payment profile is of kind basic and its step 1 has the source cascade. Name such a payment profile, or switch this off.',
    'prefer_last_success_gateway',
  ),
  salvage_profile_not_found: unknown('salvage profile', 'salvage_profile_id'),
  shipping_profile_not_found: unknown('shipping profile', 'shipping_profile_id'),
  profile_in_use: {
    status: 400,
    type: 'invalid_request_error',
    code: 'resource_in_use',
    message: 'It is still used. Take it out of what uses it first, or archive it.',
  },
}
