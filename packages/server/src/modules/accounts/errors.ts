import type { RollRefusal } from './api-keys.ts'
import type { AccountRefusal } from './change-account.ts'
import { type ErrorCatalogue, conflict, invalid, unknown } from '../../platform/http/index.ts'
import { namingErrors } from '../routing/index.ts'

export const accountErrors: ErrorCatalogue<'email_taken' | RollRefusal | AccountRefusal> = {
  email_taken: invalid('A user with this e-mail address exists already.', 'email'),
  api_key_not_found: unknown('API key, or it is revoked already'),
  api_key_revoked: conflict('This API key is revoked. Create a new one.'),
  api_key_beyond_scopes: {
    status: 403,
    type: 'authorization_error',
    code: 'insufficient_permissions',
    message: 'This API key may do more than the one that asks. Use a key with at least its scopes.',
  },
  timezone_unknown: invalid(
    'The database has no such time zone. Use a name of the IANA database, such as Europe/Berlin.',
    'timezone',
  ),
  retry_schedule_not_ascending: invalid(
    'The retry schedule must name its days in ascending order, each once.',
    'settings.dunning.retry_schedule',
  ),
  invoice_prefix_used: invalid(
    'Some invoice numbers begin with this prefix already. Choose one that none does.',
    'settings.invoice_prefix',
  ),
  ...namingErrors('settings.default_payment_profile_id'),
}
