import { type ErrorCatalogue, invalid } from '../../platform/http/index.ts'

export const routingErrors: ErrorCatalogue<'name_taken'> = {
  name_taken: invalid('Another one has this name. Choose another name.', 'name'),
}
