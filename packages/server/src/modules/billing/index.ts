export { ADVANCE_SECONDS_MAX, advanceClock } from './run/advance-clock.ts'
export {
  cancelAllOf,
  cancelSubscription,
  pauseSubscription,
  updateSubscription,
} from './subscriptions/change-subscription.ts'
export { resolveAttempt } from './attempts/resolve-attempt.ts'
export { resolveErrors } from './attempts/resolve-routes.ts'
export { importSettlement } from './reconciliation/import-settlement.ts'
export { readSettlementFile, type FileProblem } from './reconciliation/read-settlement-file.ts'
export { settlementErrors } from './reconciliation/settlement-errors.ts'
export { toWireSettlement, type WireSettlement } from './reconciliation/settlement-schemas.ts'
export { reconcileGateway, type Span } from './reconciliation/reconcile-gateway.ts'
export { listsMovements, midnightBefore, startOf } from './reconciliation/run-reconciliations.ts'
export { gatewayWebhookRoutes } from './notices/webhook-routes.ts'
export { testClockRoutes, type ClockHooks } from './run/clock-routes.ts'
export { createSubscription } from './subscriptions/create-subscription.ts'
export { billingDisputesRoutes, billingPaymentsRoutes, subscriptionsRoutes } from './routes.ts'
export { beginSale, chargeSale } from './charges/begin-sale.ts'
export { beginCharge } from './charges/create-charge.ts'
export { finishChallenge } from './challenges/finish-challenge.ts'
export { cancelIntent } from './intents/cancel-intent.ts'
export { concludeConfirm } from './intents/confirm-intent.ts'
export { captureForInvoice } from './holds/capture-for-invoice.ts'
export { cancelPlanSubscription, DROPPED } from './plans/cancel-plan-subscription.ts'
export { changePlanSubscription } from './plans/change-plan-subscription.ts'
export { addPlan, removePlan } from './plans/change-plans.ts'
export { chargeExtra, chargeOnce, type ChargeExtraRefusal } from './plans/charge-once.ts'
export { closeByHand, type ClosedAs } from './plans/close-by-hand.ts'
export {
  chargeBegun,
  createPlanSubscriptions,
  type CreatePlanRefusal,
  type CreatePlanSubscription,
} from './plans/create-plan-subscriptions.ts'
export { editInvoice } from './invoices/edit-invoice.ts'
export { installmentPlans } from './plans/installment-plans.ts'
export { planValueHundredths, type PlanWish } from './plans/plan-item.ts'
export {
  keepFirstNetworkTransaction,
  listGatewaysOfCards,
  listSubscriptionsOfCard,
  listTaxedMethods,
  listTerms,
  listTermsByReference,
  listTermsOfCustomers,
  type StoredTerms,
  type TaxedMethod,
} from './recycling/queries.ts'
export { chargeReplaced, replacePrimaryMethod } from './plans/replace-primary-method.ts'
export { holdClock, releaseClock } from './run/queries/clock.ts'
export { payBill } from './invoices/pay-bill.ts'
export { runRenewals } from './run/renewal-run.ts'
export { renewalsRoutes } from './renewals/routes.ts'
export { recoveryCasesRoutes } from './recovery/case-routes.ts'
export { trialsRoutes } from './trials/routes.ts'
export { salesRoutes } from './sales/routes.ts'
export { metadataRoutes } from './metadata/routes.ts'
export type { MetadataTargets } from './metadata/write-metadata.ts'
export { salvageRoutes } from './renewals/salvage-routes.ts'
export { renewalRunsRoutes } from './run/run-routes.ts'
export { retryParked } from './run/retry-parked.ts'
export { runDueWork } from './run/run-due-work.ts'
export { contextOf, scopeOf, type BillingDeps, type BillingScope } from './scope.ts'
export { loadScope } from './load/load-scope.ts'
export { RENEWAL_LANES, startBillingWorker } from './run/worker.ts'
export { loadEditStates, writeSteps } from './operations/edit-many.ts'
export { recordPayment } from './invoices/record-payment.ts'
export { voidInvoice, writeOffInvoice } from './invoices/void-invoice.ts'
export { voidPayment } from './refunds/voids/void-payment.ts'
export { refundInvoice, type RefundInvoiceRefusal } from './refunds/refund-bill.ts'
