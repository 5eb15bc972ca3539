import type { Operation } from '../calls/operation.ts'
import { apiCallOperations } from './api-calls.ts'
import { bulkEditOperations } from './renewing/bulk-edits.ts'
import { customerOperations } from './selling/customers.ts'
import { functionOperations } from './functions.ts'
import { gatewayOperations } from './routing/gateways.ts'
import { metadataOperations } from './metadata.ts'
import { paymentProfileOperations } from './routing/payment-profiles.ts'
import { productOperations } from './selling/products.ts'
import { productSaleOperations } from './selling/product-sales.ts'
import { profileOperations } from './renewing/profiles.ts'
import { renewalOperations } from './renewing/renewals.ts'
import { saleAdditionOperations } from './selling/sale-additions.ts'
import { saleOperations } from './selling/sales.ts'
import { salvageOperations } from './renewing/salvages.ts'
import { shippingProfileOperations } from './routing/shipping-profiles.ts'
import { subscriptionOperations } from './renewing/subscriptions.ts'
import { transactionOperations } from './transactions.ts'
import { trialOperations } from './selling/trials.ts'

/** Everything that this face does, by version 1 or 2. */
export const OPERATIONS: readonly Operation[] = [
  ...productOperations,
  ...saleOperations,
  ...saleAdditionOperations,
  ...productSaleOperations,
  ...profileOperations,
  ...subscriptionOperations,
  ...trialOperations,
  ...bulkEditOperations,
  ...renewalOperations,
  ...salvageOperations,
  ...transactionOperations,
  ...customerOperations,
  ...metadataOperations,
  ...gatewayOperations,
  ...paymentProfileOperations,
  ...shippingProfileOperations,
  ...apiCallOperations,
  ...functionOperations,
]
