import type { ErrorCatalogue } from '../../platform/http/index.ts'
import type { CreateLinkRefusal } from './create-customer-link.ts'

const invalid = { status: 400, type: 'invalid_request_error', code: 'validation_error' } as const
const unknown = { status: 404, type: 'invalid_request_error', code: 'resource_not_found' } as const

export const cardUpdateErrors: ErrorCatalogue<CreateLinkRefusal> = {
  owner_missing: {
    ...invalid,
    message: 'Give customer_id or subscription_id: whose card is to be replaced.',
    param: 'customer_id',
  },
  subscription_not_found: {
    ...unknown,
    message: 'No such subscription.',
    param: 'subscription_id',
  },
  subscription_of_another: {
    ...invalid,
    message:
      'The subscription belongs to another customer. Leave customer_id out, or name its own.',
    param: 'subscription_id',
  },
  customer_not_found: { ...unknown, message: 'No such customer.', param: 'customer_id' },
}
