export { afterResume } from './due/after-resume.ts'
export { SUBJECT_OF, type BulkAction, type BulkSubject } from './bulk-edit/bulk-action.ts'
export {
  bulkStanding,
  type BulkChoices,
  type BulkStanding,
  type BulkState,
  type BulkStep,
} from './bulk-edit/bulk-state.ts'
export {
  decideBulkEdit,
  type BulkChange,
  type BulkDecision,
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
  type SubscriptionMethod,
} from './state/change-set.ts'
export {
  decideAnswered,
  decideDispute,
  decideMissedDeadline,
  type DisputeState,
  type OnDispute,
} from './money-back/dispute.ts'
export { decideHoldExpired, decideRelease, type HoldState } from './settle/hold.ts'
export { decideGivenAgain, decideReturnGivenAgain } from './money-back/given-again.ts'
export { decideReturn, type ReturnState } from './money-back/return.ts'
export { decideDue, type DueDecision } from './due/due.ts'
export { decideDueInTurn } from './due/due-in-turn.ts'
export { dueStep, type DueStep } from './due/due-step.ts'
export { decideTrialExpiry } from './due/expire-trial.ts'
export { decideDunningMove } from './retry/dunning-move.ts'
export type { BillExtras, Redemption } from './state/bill-extras.ts'
export { FACT_TYPES } from './state/fact-types.ts'
export { invoiceFact, paymentFact, subscriptionFact } from './state/facts.ts'
export {
  decideDebit,
  decideCalledOff,
  decideUncollected,
  type DebitDecision,
} from './settle/announced-debit.ts'
export { partMinor } from './charges/part-minor.ts'
export { cardsInTurn, type CardsInTurn } from './charges/cards-in-turn.ts'
export { creditInTurn } from './bills/credit-in-turn.ts'
export type { GuardedCards } from './state/guarded-cards.ts'
export type { DeniedCharge } from './charges/guard-charge.ts'
export {
  addAttempt,
  factsOf,
  findFirstRoute,
  findRoute,
  firstAllowed,
  isAnnounced,
  routedBillOf,
  toldOf,
  type FoundRoute,
} from './charges/route-charge.ts'
export { addIntentAttempt, findIntentRoute } from './charges/route-intent.ts'
export { previewRenewal, type PreviewedRenewal } from './due/preview-renewal.ts'
export { decideRenewNow } from './due/renew.ts'
export { decideReplacement } from './due/replace-subscription.ts'
export { endCases } from './due/end-cases.ts'
export { afterBillEnded } from './settle/bill-ended.ts'
export { decideCasePlan } from './retry/case-plan.ts'
export { decideRetry } from './retry/retry.ts'
export { cardsOfRetries, decideRetryInTurn } from './retry/retry-in-turn.ts'
export {
  cancelExhausted,
  cancelRecovery,
  retryByHand,
  type HandRefusal,
} from './retry/retry-by-hand.ts'
export { decideSettlement, type SettlementDecision } from './settle/settle.ts'
export { decideIntentSettlement, intentFact, type IntentState } from './settle/settle-intent.ts'
export { decideLateCharge, decideLateIntentCharge } from './settle/late-charge.ts'
export { ALL_CYCLES_COMPLETED } from './recycling/complete.ts'
export { mayCloseByHand } from './recycling/close-by-hand.ts'
export { askForSomething, firstBillOn } from './recycling/first-bill-on.ts'
export { billExtra, type ExtraRefusal } from './bills/bill-extra.ts'
export { billOnce, type OnceLine } from './bills/bill-once.ts'
export { bookVoid, dropBill } from './bills/drop-bill.ts'
export {
  installmentCount,
  INSTALLMENTS_MAX,
  splitInstallments,
  type InstallmentRule,
} from './recycling/installments.ts'
export { chargeAtTax } from './recycling/retax.ts'
export type { ExtraPayments, RecyclingTerms } from './state/recycling-terms.ts'
export { priceNextCycle } from './recycling/price-next-cycle.ts'
export { isRecycling, type RecyclingState } from './recycling/terms.ts'
export { concludeSaleOf } from './sales/conclude-sale.ts'
export { soldBillOf } from './sales/sold-bill.ts'
export type { SoldState } from './state/sold-state.ts'
export { addToSale, type SaleEntry } from './sales/add-to-sale.ts'
export { startSale, type SaleWay } from './sales/start-sale.ts'
export { voidSale } from './sales/void-sale.ts'
export { receiptsOf, type Receipt } from './settle/receipts.ts'
export { settlePaid } from './settle/settle-paid.ts'
export { startBilling } from './due/start.ts'
export type { BilledState, RetryState, SettlementState } from './state/billed-state.ts'
export {
  viewOf,
  type BillingTools,
  type SubscriptionState,
  type UnpaidStart,
  type Work,
} from './state/state.ts'
export { voidUnpaidStart } from './due/void-unpaid-start.ts'
export { decideCreditNote, decideCreditNoteVoid } from './money-back/credit-note.ts'
export { decideRefund, type RefundableSale, type SaleState } from './money-back/refund.ts'
export {
  decideRefunds,
  type RefundablePayment,
  type RefundedLine,
  type RefundsRefused,
  type RefundsWish,
} from './money-back/refund-bill.ts'
export {
  concludeNoteNow,
  decideRefundSettlement,
  decideRefundStart,
} from './money-back/refund-settle.ts'
export { decideToldRefund } from './money-back/told-refund.ts'
export { decideVoidInstead } from './money-back/void-instead.ts'
export {
  decideToldVoid,
  decideVoid,
  decideVoidFailed,
  decideVoidSettlement,
  type VoidState,
} from './money-back/void-payment.ts'
export { followPaid } from './extras/follow-lines.ts'
export { askForKept } from './due/ask-for-kept.ts'
export { payWithCredit, returnCredit } from './bills/use-credit.ts'
export { writeOff } from './bills/write-off.ts'
