import type { ErrorCatalogue } from '../../../platform/http/index.ts'

export type GatewayRefusal =
  | 'kind_unknown'
  | 'credentials_invalid'
  | 'base_url_not_allowed'
  | 'base_url_invalid'
  | 'gateways_too_many'
  | 'code_taken'
  | 'name_taken'
  | 'gateway_unreachable'
  | 'credentials_refused'
  | 'gateway_not_found'
  | 'gateway_archived'
  | 'gateway_without_credentials'
  | 'gateway_changed'
  | 'gateway_in_use'

const invalid = { status: 400, type: 'invalid_request_error', code: 'validation_error' } as const
const conflict = { status: 409, type: 'invalid_request_error', code: 'conflict' } as const

export const gatewayErrors: ErrorCatalogue<GatewayRefusal> = {
  kind_unknown: { ...invalid, message: 'There is no such kind of gateway.', param: 'kind' },
  credentials_invalid: {
    ...invalid,
    message: 'These are not the credentials that this kind of gateway needs.',
    param: 'credentials',
  },
  base_url_not_allowed: {
    ...invalid,
    message: 'A live account talks to the gateway itself. Leave base_url out.',
    param: 'base_url',
  },
  base_url_invalid: {
    ...invalid,
    message: 'Give an http or https address without user name, query or fragment.',
    param: 'base_url',
  },
  gateways_too_many: {
    ...conflict,
    message: 'An account has at most 100 gateways, archived ones included.',
  },
  code_taken: { ...invalid, message: 'Another gateway has this code.', param: 'code' },
  name_taken: { ...invalid, message: 'Another gateway has this name.', param: 'name' },
  gateway_unreachable: {
    status: 503,
    type: 'api_error',
    code: 'gateway_unreachable',
    message:
      'The gateway does not answer, so the credentials could not be checked. Nothing was saved.',
  },
  credentials_refused: {
    ...invalid,
    message: 'The gateway does not take these credentials.',
    param: 'credentials',
  },
  gateway_not_found: {
    status: 404,
    type: 'invalid_request_error',
    code: 'resource_not_found',
    message: 'No such gateway.',
  },
  gateway_archived: {
    ...conflict,
    message: 'This gateway is archived and does not change any more. Connect it anew.',
  },
  gateway_without_credentials: {
    ...conflict,
    message: 'A gateway of the simulated world has no credentials.',
  },
  gateway_changed: {
    ...conflict,
    message: 'The credentials were changed by somebody else at the same moment. Please try again.',
  },
  gateway_in_use: {
    ...conflict,
    message:
      'Some payment methods can be charged here and nowhere else. Disable the gateway, or detach or move them first.',
  },
}
