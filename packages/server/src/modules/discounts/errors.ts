import { type ErrorCatalogue, invalid, unknown } from '../../platform/http/index.ts'

export type DiscountRefusal = 'not_found' | 'code_taken'

export const discountErrors: ErrorCatalogue<DiscountRefusal> = {
  not_found: unknown('discount'),
  code_taken: invalid('Another discount has or had this code. Choose another code.', 'code'),
}
