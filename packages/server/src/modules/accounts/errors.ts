import type { SettingsRefusal } from './change-settings.ts'
import type { ErrorCatalogue } from '../../platform/http/index.ts'

export const accountErrors: ErrorCatalogue<
  'email_taken' | 'api_key_not_found' | 'api_key_revoked' | SettingsRefusal
> = {
  email_taken: {
    status: 400,
    type: 'invalid_request_error',
    code: 'validation_error',
    message: 'A user with this e-mail address exists already.',
    param: 'email',
  },
  api_key_not_found: {
    status: 404,
    type: 'invalid_request_error',
    code: 'resource_not_found',
    message: 'No such API key, or it is revoked already.',
  },
  api_key_revoked: {
    status: 409,
    type: 'invalid_request_error',
    code: 'conflict',
    message: 'This API key is revoked. Create a new one.',
  },
  retry_schedule_not_ascending: {
    status: 400,
    type: 'invalid_request_error',
    code: 'validation_error',
    message: 'The retry schedule must name its days in ascending order, each once.',
    param: 'settings.dunning.retry_schedule',
  },
  invoice_prefix_used: {
    status: 400,
    type: 'invalid_request_error',
    code: 'validation_error',
    message: 'Some invoice numbers begin with this prefix already. Choose one that none does.',
    param: 'settings.invoice_prefix',
  },
  payment_profile_not_found: {
    status: 400,
    type: 'invalid_request_error',
    code: 'validation_error',
    message: 'There is no such payment profile in this account.',
    param: 'settings.default_payment_profile_id',
  },
}
