import { type ErrorCatalogue, invalid, unknown } from '../../platform/http/index.ts'

export type RoutingRefusal = 'name_taken' | 'resource_in_use' | 'not_found'

export const routingErrors: ErrorCatalogue<RoutingRefusal> = {
  name_taken: invalid('Another one has this name. Choose another name.', 'name'),
  resource_in_use: {
    status: 400,
    type: 'invalid_request_error',
    code: 'resource_in_use',
    message: 'It is still used. Take it out of what uses it first.',
  },
  not_found: unknown('thing'),
}
