import type { ErrorCatalogue } from '../../platform/http/index.ts'

export type DunningRefusal =
  | 'campaign_not_found'
  | 'name_taken'
  | 'campaign_archived'
  | 'target_missing'
  | 'product_not_found'
  | 'subscription_not_found'

const invalid = { status: 400, type: 'invalid_request_error', code: 'validation_error' } as const
const unknown = { status: 404, type: 'invalid_request_error', code: 'resource_not_found' } as const

export const dunningErrors: ErrorCatalogue<DunningRefusal> = {
  campaign_not_found: { ...unknown, message: 'No such dunning campaign.' },
  name_taken: {
    ...invalid,
    message: 'Another dunning campaign has this name. Choose another one.',
    param: 'name',
  },
  campaign_archived: {
    status: 409,
    type: 'invalid_request_error',
    code: 'campaign_archived',
    message: 'The dunning campaign is archived. Make a new one with its steps.',
  },
  target_missing: {
    ...invalid,
    message: 'Give product_id where to is product, and subscription_id where it is subscription.',
    param: 'to',
  },
  product_not_found: { ...unknown, message: 'No such product.', param: 'product_id' },
  subscription_not_found: {
    ...unknown,
    message: 'No such subscription.',
    param: 'subscription_id',
  },
}
