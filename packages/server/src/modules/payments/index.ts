export type { GatewayDeps } from './gateways/check-connection.ts'
export {
  maskCredentials,
  openCredentials,
  readCredentials,
  sealCredentials,
} from './gateways/credentials.ts'
export { createGatewayDirectory, type GatewayDirectory } from './gateways/directory.ts'
export { eachByGateway, eachDueByGateway } from './gateways/each-by-gateway.ts'
export type { GatewayFactory } from './gateways/gateway-factory.ts'
export {
  claimUnsettledAttempts,
  countAttempts,
  findAttempt,
  findAttempts,
  askAboutHoldAt,
  findAuthorization,
  findIntentAttempt,
  findLatestAttempt,
  findLiveAttempt,
  findPendingAttemptOf,
  findLapsingHolds,
  keepResolution,
  findPendingAttempts,
  listLatestAttempts,
  listLiveAttempts,
  findUnansweredChallenges,
  insertAttempts,
  lockAttempts,
  postponeChallenge,
  updateAttempts,
} from './queries/attempts.ts'
export {
  isIntentTaken,
  listLivePayments,
  listToldCharged,
  subjectsOf,
  wakeToldCharges,
} from './queries/told-charges.ts'
export {
  findDefaultCards,
  findDefaultMethods,
  type DefaultCard,
} from './queries/default-methods.ts'
export { listCardTries, type TriedCard } from './queries/card-tries.ts'
export {
  listGuardedCards,
  listWatchedMethods,
  lockCards,
  lockHandedCards,
} from './queries/guarded-cards.ts'
export {
  findIntent,
  insertIntents,
  listIntents,
  forgoReceipt,
  listReceiptWishes,
  lockIntents,
  updateIntents,
  type ReceiptWish,
} from './queries/intents.ts'
export { findGatewayAccount } from './queries/gateway-accounts.ts'
export type { Gateway } from './queries/gateways.ts'
export {
  findMethodRoute,
  keepNetworkTransactions,
  listDisabledGateways,
  listNamedRoutes,
  listRoutes,
  listUsedRoutes,
  type NamedCharge,
} from './queries/methods.ts'
export { handMethod, toldByHand } from './transactions/by-hand.ts'
export {
  findSaleOf,
  findSaleOfAttempt,
  insertTransactions,
  listReturns,
  lockTransactions,
  noteTransaction,
  restoreTransactions,
  succeedTransactions,
  voidTransactions,
} from './queries/transactions.ts'
export {
  addPaymentMethod,
  examineToken,
  examineTokens,
  keepPaymentMethod,
  type ExaminedToken,
  type OtherToken,
} from './methods/add-payment-method.ts'
export { methodErrors } from './errors.ts'
export { attachPaymentMethod } from './methods/attach-payment-method.ts'
export { makeMethodsDefault } from './methods/make-methods-default.ts'
export { updatePaymentMethod } from './methods/change-payment-method.ts'
export { listActiveMethods } from './queries/payment-methods.ts'
export {
  claimEndingCards,
  listTokensToAsk,
  noteEndedCards,
  type EndingCard,
  type TokenToAsk,
} from './queries/updater-asks.ts'
export { applyMethodChange } from './methods/apply-method-change.ts'
export { tokenizeInstrument } from './methods/tokenize-instrument.ts'
export { expireSetupChallenges } from './setup-intents/expire-setup-challenges.ts'
export { resolveLostSetups } from './setup-intents/settle-setup-intent.ts'
export { paymentsRoutes } from './routes.ts'
export { listLastSends } from './queries/last-sends.ts'
export { lookUpAttempts, sendAttempts, type AttemptOutcome } from './send-attempts.ts'
export { setUpSimulatedGateways } from './gateways/set-up-simulated-gateways.ts'
export { unlessFault } from './gateways/unless-fault.ts'
export { toWireIntent, toWirePayment } from './wire.ts'
export {
  findIntentByChargeKey,
  findLatestSaleRow,
  findSaleRow,
  listCharges,
  listHeldIntents,
  listHolds,
  listSales,
  listSalesOfIntents,
  nameCharge,
  type Hold,
  type PaymentFilter,
} from './queries/payment-views.ts'
export {
  findChargeUnderWay,
  listChargesUnderWay,
  type ChargeUnderWay,
} from './queries/charges-under-way.ts'
export { listRefunds, listVoids } from './queries/refund-lists.ts'
export {
  findDueRefunds,
  claimUnansweredRefunds,
  findRefund,
  findRefundByReference,
  hasUnansweredRefund,
  findRefundsAtWork,
  insertRefunds,
  listRefundsOfInvoice,
  listRefundsOfNote,
  listRefundsWith,
  lockRefund,
  sumRefundsOfLine,
  updateRefunds,
} from './queries/refunds.ts'
export {
  failTransactions,
  findSale,
  findSaleOfIntent,
  listSalesOfInvoice,
  lockSales,
  lockSalesOfInvoice,
  sumHeldByDisputes,
  updateSales,
} from './queries/sales.ts'
export {
  claimUnansweredVoids,
  findLiveVoid,
  countFailedVoids,
  findVoid,
  insertVoids,
  listLiveVoids,
  lockVoid,
  updateVoids,
} from './queries/voids.ts'
export { lookUpRefunds, sendRefunds, type RefundAnswer } from './refunds/send-refunds.ts'
export { toWireRefund, toWireVoid } from './refunds/wire.ts'
export {
  REFUND_MODES,
  REFUND_REASONS,
  RefundItem,
  RefundListQuery,
  RefundParams,
  VOID_REASONS,
  VoidItem,
  VoidListQuery,
  VoidParams,
} from './refunds/schemas.ts'
export { findAttemptView } from './queries/attempt-views.ts'
export { showAttempt } from './attempts/routes.ts'
export { AttemptItem, AttemptParams } from './attempts/schemas.ts'
export { toWireAttempt } from './attempts/wire.ts'
export type { TransactionRow } from './rows.ts'
export { withdrawChallenge } from './withdraw-challenge.ts'
