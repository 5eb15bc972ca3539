export { afterResume } from './after-resume.ts'
export { SUBJECT_OF, type BulkAction, type BulkSubject } from './bulk-edit/bulk-action.ts'
export {
  bulkStanding,
  type BulkChoices,
  type BulkStanding,
  type BulkState,
  type BulkStep,
  type GatewayChoice,
} from './bulk-edit/bulk-state.ts'
export {
  decideBulkEdit,
  type BulkChange,
  type BulkDecision,
  type BulkSkip,
  type BulkWarning,
} from './bulk-edit/decide-bulk-edit.ts'
export {
  addChanges,
  emptyChangeSet,
  type ChangeSet,
  type Fact,
  type FactSubject,
  type Renewal,
  type RenewalKind,
  type RenewalStatus,
  type RouteDecision,
  type SubscriptionMethod,
} from './change-set.ts'
export {
  decideAnswered,
  decideDispute,
  decideMissedDeadline,
  type DisputeOutcome,
  type DisputeState,
  type OnDispute,
} from './dispute.ts'
export { decideHoldExpired, decideRelease, type HoldState } from './hold.ts'
export { decideReturn, type ReturnReason, type ReturnState } from './return.ts'
export { decideDue, type DueDecision } from './due.ts'
export { dueStep, type DueStep } from './due-step.ts'
export { decideTrialExpiry } from './expire-trial.ts'
export { decideDunningMove, type DunnedState } from './dunning-move.ts'
export type { BillExtras, BorneDiscount, Redemption } from './extras/bill-extras.ts'
export { invoiceFact, paymentFact, subscriptionFact } from './facts.ts'
export {
  decideDebit,
  decideCalledOff,
  decideUncollected,
  type DebitDecision,
} from './announced-debit.ts'
export { attemptFor } from './attempt-for.ts'
export type { DeniedCharge, GuardedCards } from './guard-charge.ts'
export {
  addAttempt,
  addStop,
  findFirstRoute,
  findRoute,
  firstAllowed,
  type FoundRoute,
} from './route-charge.ts'
export { addIntentAttempt, findIntentRoute } from './route-intent.ts'
export { previewRenewal, type PreviewedRenewal } from './preview-renewal.ts'
export { decideRenewNow, type RenewDecision, type RenewRefusal } from './renew.ts'
export {
  decideReplacement,
  type ReplaceDecision,
  type ReplaceRefusal,
  type Replacement,
} from './replace-subscription.ts'
export { endCases } from './end-cases.ts'
export { isBehind } from './is-behind.ts'
export { decideCasePlan } from './case-plan.ts'
export { decideRetry, type RetryDecision } from './retry.ts'
export { cancelExhausted, cancelRecovery, retryByHand, type HandRefusal } from './retry-by-hand.ts'
export { decideSettlement, type SettlementDecision } from './settle.ts'
export { decideIntentSettlement, intentFact, type IntentState } from './settle-intent.ts'
export { ALL_CYCLES_COMPLETED } from './recycling/complete.ts'
export { billOnce, type OnceLine } from './recycling/bill-once.ts'
export {
  installmentCount,
  INSTALLMENTS_MAX,
  splitInstallments,
  type InstallmentRule,
} from './recycling/installments.ts'
export { chargeAtTax } from './recycling/retax.ts'
export type { RecyclingTerms } from './recycling/recycling-terms.ts'
export { isRecycling, type RecyclingState } from './recycling/terms.ts'
export { concludeSale } from './sales/conclude-sale.ts'
export { soldBillOf } from './sales/sold-bill.ts'
export type { SoldState } from './sales/sold-state.ts'
export { addToSale, type SaleEntry } from './sales/add-to-sale.ts'
export { startSale, type StartedSale } from './sales/start-sale.ts'
export { voidSale } from './sales/void-sale.ts'
export { settlePaid } from './settle-paid.ts'
export { startBilling, type StartedSubscription } from './start.ts'
export { type BilledState, type RetryState, type SettlementState } from './billed-state.ts'
export {
  viewOf,
  type BillingTools,
  type SubscriptionState,
  type UnpaidStart,
  type Work,
} from './state.ts'
export { voidUnpaidStart } from './void-unpaid-start.ts'
export { decideCreditNote, decideCreditNoteVoid, type CreditedInvoice } from './credit-note.ts'
export { decideRefund, type RefundGiven, type SaleState } from './refund.ts'
export { decideRefunds, type RefundablePayment, type RefundsWish } from './refund-bill.ts'
export {
  concludeNoteNow,
  decideRefundSettlement,
  decideRefundStart,
  type RefundState,
} from './refund-settle.ts'
export {
  decideVoid,
  decideVoidFailed,
  decideVoidSettlement,
  type VoidState,
} from './void-payment.ts'
export { followPaid } from './extras/follow-lines.ts'
export { payWithCredit, returnCredit } from './use-credit.ts'
