export type { Decline } from '../declines/index.ts'
export {
  canBeChallenged,
  challengeEndsAt,
  isLive,
  settleAnswer,
  settleAttempt,
  whenAnswered,
  type AttemptOperation,
  type AttemptState,
  type PaymentAttempt,
  type RetryKind,
} from './charges/attempt.ts'
export { avsLetter, withChecks, type CardChecks, type CheckMark } from './gateway/card-checks.ts'
export {
  AVS_CODES,
  AVS_MATCHES,
  CVV_CODES,
  CVV_MATCHES,
  explainAvs,
  explainCardChecks,
  explainCvv,
} from './gateway/explain-card-checks.ts'
export type { GatewayAbilities, GatewayMethodType } from './gateway/gateway-abilities.ts'
export {
  toFactLines,
  toTextWithFacts,
  type AcceptRequest,
  type DisputeAnswer,
  type EvidenceFile,
  type EvidenceRequest,
} from './gateway/gateway-dispute.ts'
export {
  explainEvidenceProblem,
  findEvidenceProblem,
  type EvidenceLimits,
  type EvidenceOutline,
  type EvidenceProblem,
} from './gateway/evidence-limits.ts'
export type {
  GatewayMovement,
  MovementKind,
  MovementPage,
  MovementsQuery,
} from './gateway/gateway-movement.ts'
export type {
  DisputeStatus,
  GatewayDispute,
  GatewayNotice,
  MethodChange,
  NoticesPage,
  NoticesQuery,
  WebhookReading,
  WebhookRequest,
} from './gateway/gateway-notice.ts'
export { listedRefundNotice } from './gateway/listed-refund.ts'
export {
  declinedOutcome,
  HOLD_EXPIRED,
  repeatedOutcome,
  unknownOutcome,
  unreachableOutcome,
  withAdvice,
  type BankForm,
  type GatewayOutcome,
  type NextAction,
  type RefundOutcome,
  type UnknownOutcome,
  type VoidOutcome,
} from './gateway/gateway-outcome.ts'
export type {
  BroughtBack,
  CardDetails,
  ChargeKey,
  ChargeRequest,
  CredentialCheck,
  FollowUp,
  GatewayPort,
  LookUpKey,
  LookUpResult,
  MandateStanding,
  RawBankAccount,
  RawCard,
  RefundLookUp,
  RefundRequest,
  Tokenization,
  TokenizeRequest,
  TokenQuestion,
} from './gateway/gateway-port.ts'
export { statementLine, type StatementText } from './charges/statement-text.ts'
export type { CredentialField, GatewayVendor, VendorSettings } from './gateway/gateway-vendor.ts'
export {
  cancelIntent,
  captureIntent,
  confirmIntent,
  editIntent,
  expireIntent,
  holdAgain,
  planCapture,
  releaseIntent,
  settleIntent,
  startIntent,
  type IntentDecision,
  type IntentEdit,
  type NewIntent,
  type PaymentIntent,
} from './charges/payment-intent.ts'
export { isIndemnityClaim } from './direct-debit/indemnity-claim.ts'
export { bankOf, checkBankAccount } from './direct-debit/mandate-account.ts'
export { announceDebit, type NewCollection, planLateNotice } from './direct-debit/collection.ts'
export {
  bacsDayAt,
  lodgementAnswerOn,
  NOTICE_DAYS,
  onBacsDay,
  planCollection,
  type CollectionDates,
} from './direct-debit/mandate-dates.ts'
export {
  moveMandate,
  type Mandate,
  type MandateMove,
  type MandateStatus,
} from './direct-debit/mandate.ts'
export {
  movementTransfers,
  SET_ASIDE,
  setAsideTransfers,
  type KeptMovement,
} from './settlement/movement.ts'
export {
  isOfCharge,
  isTaken,
  planSettlement,
  SETTLEMENT_KINDS,
  type SettlementKind,
  type SettlementLine,
  type SettlementProblem,
  type SettlementRow,
  type SettlementTakes,
} from './settlement/settlement.ts'
export type { SettlementReading, SettlementReport } from './settlement/settlement-report.ts'
export {
  planAttempt,
  retryOf,
  type ChargeRoute,
  type Retry,
  type RouteGateway,
} from './charges/plan-attempt.ts'
export {
  cancelSetupIntent,
  confirmSetupIntent,
  editSetupIntent,
  settleSetupIntent,
  startSetupIntent,
  type NewSetupIntent,
  type SetupIntent,
  type SetupIntentEdit,
  type Verification,
} from './charges/setup-intent.ts'
export {
  saleAtGateway,
  saleByHand,
  saleOf,
  saleTransfers,
  type PaymentByHand,
  type Transaction,
} from './charges/transaction.ts'
export {
  beginRefund,
  cancelRefund,
  refundableMinor,
  refundFailedTransfers,
  refundTransaction,
  refundTransfers,
  requestRefund,
  settleRefund,
  withoutRefund,
  type Refund,
  type RefundReason,
  type RefundRefusal,
  type RefundWish,
  type Sale,
} from './money-back/refund.ts'
export {
  failedVoidTransfers,
  failVoid,
  requestVoid,
  settleVoid,
  voidedSaleTransfers,
  voidTransaction,
  type PaymentVoid,
  type VoidPaymentRefusal,
  type VoidReason,
} from './money-back/void.ts'
