import { type ErrorCatalogue, conflict, invalid, unknown } from '../../platform/http/index.ts'

export type RecoveryRefusal =
  | 'client_not_found'
  | 'connector_not_found'
  | 'connector_exists'
  | 'connector_busy'
  | 'credentials_invalid'
  | 'base_url_not_allowed'
  | 'base_url_invalid'

export const recoveryErrors: ErrorCatalogue<RecoveryRefusal> = {
  client_not_found: unknown('recovery client'),
  connector_not_found: unknown('recovery connector'),
  connector_exists: conflict(
    'This client has a connector of this platform already; change that one.',
    'platform',
  ),
  connector_busy: conflict(
    'Recoveries of this connector are still under way, or the platform has not been told of a payment. Set enabled to false, and delete it when there are none.',
  ),
  credentials_invalid: invalid('These credentials cannot be used.', 'credentials'),
  base_url_not_allowed: invalid('Live connectors go to the platform’s own address.', 'base_url'),
  base_url_invalid: invalid('This address cannot be called.', 'base_url'),
}
