import { type ErrorCatalogue, conflict, invalid, unknown } from '../../../platform/http/index.ts'

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
  | 'gateway_of_another_account'
  | 'gateway_charging'
  | 'gateway_changed'
  | 'gateway_in_use'

export const gatewayErrors: ErrorCatalogue<GatewayRefusal> = {
  kind_unknown: invalid('There is no such kind of gateway.', 'kind'),
  credentials_invalid: invalid(
    'These are not the credentials that this kind of gateway needs.',
    'credentials',
  ),
  base_url_not_allowed: invalid(
    'A live account talks to the gateway itself. Leave base_url out.',
    'base_url',
  ),
  base_url_invalid: invalid(
    'Give an http or https address without user name, query or fragment.',
    'base_url',
  ),
  gateways_too_many: conflict('An account has at most 100 gateways, archived ones included.'),
  code_taken: invalid('Another gateway has this code.', 'code'),
  name_taken: invalid('Another gateway has this name.', 'name'),
  gateway_unreachable: {
    status: 503,
    type: 'api_error',
    code: 'gateway_unreachable',
    message:
      'The gateway does not answer, so the credentials could not be checked. Nothing was saved.',
  },
  credentials_refused: invalid('The gateway does not take these credentials.', 'credentials'),
  gateway_not_found: unknown('gateway'),
  gateway_archived: conflict(
    'This gateway is archived and does not change any more. Connect it anew.',
  ),
  gateway_without_credentials: conflict('A gateway of the simulated world has no credentials.'),
  gateway_of_another_account: invalid(
    'These credentials belong to another account. Connect it as a gateway of its own: what this one charged can be refunded and looked up with its own account only.',
    'credentials',
  ),
  gateway_charging: conflict(
    'The gateway does not tell which account these credentials are of, and charges of this one wait for its answer. Try again once they are settled.',
  ),
  gateway_changed: conflict(
    'The credentials were changed by somebody else at the same moment. Please try again.',
  ),
  gateway_in_use: conflict(
    'Some payment methods can be charged here and nowhere else. Disable the gateway, or detach or move them first.',
  ),
}
