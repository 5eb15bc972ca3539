import type { ErrorCatalogue } from '../../platform/http/index.ts'

export const taxErrors: ErrorCatalogue<'not_found'> = {
  not_found: {
    status: 404,
    type: 'invalid_request_error',
    code: 'resource_not_found',
    message: 'There is no such tax rate in this account.',
  },
}
