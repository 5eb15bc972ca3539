export {
  copyMethods,
  insertItems,
  insertMethods,
  insertSubscriptions,
  updateItems,
  updateSubscriptions,
  updateTerms,
} from './queries/writes.ts'
export {
  findRenewal,
  insertRenewals,
  listOverdueBills,
  listRenewalsOfInvoices,
  listUnderWay,
  updateRenewalAmounts,
  updateRenewalStatus,
  type RenewalOfInvoice,
} from './queries/renewals.ts'
export {
  claimDueSubscriptions,
  type DuePlace,
  listParked,
  lockSubscriptions,
  parkSubscription,
  unparkSubscriptions,
} from './queries/claims.ts'
export {
  findSubscription,
  findSubscriptions,
  listItems,
  listRunningSubscriptionIds,
  listSubscriptions,
  findWithSuccessors,
  listWithSuccessors,
} from './queries/reads.ts'
export { toExtrasJson, toStoredExtras } from './rows.ts'
export { cancelAtOf, toWireAccess, toWireExtras, toWireSubscription } from './wire.ts'
