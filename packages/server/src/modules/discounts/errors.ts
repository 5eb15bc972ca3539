import { type ErrorCatalogue, invalid } from '../../platform/http/index.ts'

export const discountErrors: ErrorCatalogue<'code_taken'> = {
  code_taken: invalid('Another discount has or had this code. Choose another code.', 'code'),
}
