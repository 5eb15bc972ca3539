export type { GatewayDeps } from './gateways/check-connection.ts'
export { openCredentials } from './gateways/credentials.ts'
export { createGatewayDirectory, type GatewayDirectory } from './gateways/directory.ts'
export type { ConnectedGateway, GatewayFactory } from './gateways/gateway-factory.ts'
export {
  claimUnsettledAttempts,
  countAttempts,
  findAttempt,
  findAuthorization,
  findIntentAttempt,
  findLiveAttempt,
  findPendingAttempts,
  insertAttempts,
  listLiveInvoiceIds,
  lockAttempts,
  updateAttempts,
} from './queries/attempts.ts'
export { findDefaultMethods } from './queries/default-methods.ts'
export {
  findIntent,
  insertIntents,
  listIntents,
  lockIntents,
  updateIntents,
} from './queries/intents.ts'
export type { Gateway } from './queries/gateways.ts'
export { findMethodRoute, listRoutes, listUsedRoutes } from './queries/methods.ts'
export { findSaleOf, insertTransactions, noteTransaction } from './queries/transactions.ts'
export { voidTransactions } from './queries/transactions.ts'
export { addPaymentMethod } from './methods/add-payment-method.ts'
export { paymentsRoutes } from './routes.ts'
export {
  lookUpAttempts,
  sendAttempts,
  type AttemptOutcome,
  type SendSettings,
} from './send-attempts.ts'
export { setUpSimulatedGateways } from './gateways/set-up-simulated-gateways.ts'
export { toWireIntent, toWirePayment } from './wire.ts'
