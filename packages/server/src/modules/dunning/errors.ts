import { type ErrorCatalogue, invalid, unknown } from '../../platform/http/index.ts'

export type DunningRefusal =
  | 'campaign_not_found'
  | 'name_taken'
  | 'campaign_archived'
  | 'target_missing'
  | 'product_not_found'
  | 'subscription_not_found'

export const dunningErrors: ErrorCatalogue<DunningRefusal> = {
  campaign_not_found: unknown('dunning campaign'),
  name_taken: invalid('Another dunning campaign has this name. Choose another one.', 'name'),
  campaign_archived: {
    status: 409,
    type: 'invalid_request_error',
    code: 'campaign_archived',
    message: 'The dunning campaign is archived. Make a new one with its steps.',
  },
  target_missing: invalid(
    'Give product_id where to is product, and subscription_id where it is subscription.',
    'to',
  ),
  product_not_found: unknown('product', 'product_id'),
  subscription_not_found: unknown('subscription', 'subscription_id'),
}
