import type { Operation } from '../calls/operation.ts'
import { apiCallOperations } from './api-calls.ts'
import { bulkEditOperations } from './bulk-edits.ts'
import { customerOperations } from './customers.ts'
import { functionOperations } from './functions.ts'
import { gatewayOperations } from './gateways.ts'
import { metadataOperations } from './metadata.ts'
import { paymentProfileOperations } from './payment-profiles.ts'
import { productOperations } from './products.ts'
import { profileOperations } from './profiles.ts'
import { renewalOperations } from './renewals.ts'
import { saleOperations } from './sales.ts'
import { salvageOperations } from './salvages.ts'
import { shippingProfileOperations } from './shipping-profiles.ts'
import { subscriptionOperations } from './subscriptions.ts'
import { transactionOperations } from './transactions.ts'
import { trialOperations } from './trials.ts'

/** Everything that this face does, by version 1 or 2. */
export const OPERATIONS: readonly Operation[] = [
  ...productOperations,
  ...saleOperations,
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
