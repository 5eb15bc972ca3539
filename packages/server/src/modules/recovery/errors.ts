import type { ErrorCatalogue } from '../../platform/http/index.ts'

export type RecoveryRefusal = 'client_not_found'

export const recoveryErrors: ErrorCatalogue<RecoveryRefusal> = {
  client_not_found: {
    status: 404,
    type: 'invalid_request_error',
    code: 'resource_not_found',
    message: 'There is no such recovery client in this account.',
  },
}
