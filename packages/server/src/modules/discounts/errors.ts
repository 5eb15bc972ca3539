import type { ErrorCatalogue } from '../../platform/http/index.ts'

export type DiscountRefusal = 'not_found' | 'code_taken'

export const discountErrors: ErrorCatalogue<DiscountRefusal> = {
  not_found: {
    status: 404,
    type: 'invalid_request_error',
    code: 'resource_not_found',
    message: 'There is no such discount in this account.',
  },
  code_taken: {
    status: 400,
    type: 'invalid_request_error',
    code: 'validation_error',
    message: 'Another discount has or had this code. Choose another code.',
    param: 'code',
  },
}
