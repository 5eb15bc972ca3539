export { advanceClock } from './advance-clock.ts'
export {
  cancelAllOf,
  cancelSubscription,
  pauseSubscription,
  updateSubscription,
} from './change-subscription.ts'
export { billingDisputesRoutes } from './disputes/routes.ts'
export { reconcileGateway, type Span } from './reconciliation/reconcile-gateway.ts'
export { listsMovements, midnightBefore, startOf } from './reconciliation/run-reconciliations.ts'
export { gatewayWebhookRoutes } from './notices/webhook-routes.ts'
export { testClockRoutes } from './clock-routes.ts'
export { createSubscription, type CreateSubscription } from './create-subscription.ts'
export { billingPaymentsRoutes } from './payments-routes.ts'
export { holdClock, releaseClock } from './queries.ts'
export { runRenewals, type RenewalRun } from './renewal-run.ts'
export { subscriptionsRoutes } from './routes.ts'
export { renewalRunsRoutes } from './run-routes.ts'
export { retryParked } from './retry-parked.ts'
export { runDueWork, type WorkDone } from './run-due-work.ts'
export { contextOf, type BillingDeps, type BillingScope, type StepName } from './scope.ts'
export { loadScope, RENEWAL_LANES, startBillingWorker } from './worker.ts'
export { refundInvoice, refundRenewal } from './refunds/refund-bill.ts'
export { settleRefunds } from './refunds/settle-refunds.ts'
