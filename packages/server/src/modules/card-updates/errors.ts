import { type ErrorCatalogue, invalid, unknown } from '../../platform/http/index.ts'
import type { CreateLinkRefusal } from './create-customer-link.ts'

export const cardUpdateErrors: ErrorCatalogue<CreateLinkRefusal> = {
  owner_missing: invalid(
    'Give customer_id or subscription_id: whose card is to be replaced.',
    'customer_id',
  ),
  subscription_not_found: unknown('subscription', 'subscription_id'),
  subscription_of_another: invalid(
    'The subscription belongs to another customer. Leave customer_id out, or name its own.',
    'subscription_id',
  ),
  customer_not_found: unknown('customer', 'customer_id'),
}
