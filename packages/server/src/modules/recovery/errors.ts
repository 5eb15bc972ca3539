import type { ErrorCatalogue } from '../../platform/http/index.ts'

export type RecoveryRefusal =
  | 'client_not_found'
  | 'connector_not_found'
  | 'connector_exists'
  | 'connector_busy'
  | 'credentials_invalid'
  | 'base_url_not_allowed'
  | 'base_url_invalid'

export const recoveryErrors: ErrorCatalogue<RecoveryRefusal> = {
  client_not_found: {
    status: 404,
    type: 'invalid_request_error',
    code: 'resource_not_found',
    message: 'There is no such recovery client in this account.',
  },
  connector_not_found: {
    status: 404,
    type: 'invalid_request_error',
    code: 'resource_not_found',
    message: 'There is no such recovery connector in this account.',
  },
  connector_exists: {
    status: 409,
    type: 'invalid_request_error',
    code: 'conflict',
    param: 'platform',
    message: 'This client has a connector of this platform already; change that one.',
  },
  connector_busy: {
    status: 409,
    type: 'invalid_request_error',
    code: 'conflict',
    message:
      'Recoveries of this connector are still under way. Set enabled to false, and delete it when they have ended.',
  },
  credentials_invalid: {
    status: 400,
    type: 'invalid_request_error',
    code: 'validation_error',
    param: 'credentials',
    message: 'These credentials cannot be used.',
  },
  base_url_not_allowed: {
    status: 400,
    type: 'invalid_request_error',
    code: 'validation_error',
    param: 'base_url',
    message: 'Live connectors go to the platform’s own address.',
  },
  base_url_invalid: {
    status: 400,
    type: 'invalid_request_error',
    code: 'validation_error',
    param: 'base_url',
    message: 'This address cannot be called.',
  },
}
