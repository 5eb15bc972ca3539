import { type ErrorCatalogue, unknown } from '../../platform/http/index.ts'

export const taxErrors: ErrorCatalogue<'not_found'> = {
  not_found: unknown('tax rate'),
}
