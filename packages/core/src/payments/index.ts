export type { Decline } from '../declines/index.ts'
export {
  asOffSession,
  challengeEndsAt,
  settleAttempt,
  type AttemptOperation,
  type AttemptState,
  type PaymentAttempt,
  type RetryKind,
} from './attempt.ts'
export { avsLetter, withChecks, type CardChecks, type CheckMark } from './card-checks.ts'
export {
  AVS_CODES,
  AVS_MATCHES,
  CVV_CODES,
  CVV_MATCHES,
  explainAvs,
  explainCardChecks,
  explainCvv,
} from './explain-card-checks.ts'
export type { GatewayAbilities, GatewayMethodType } from './gateway-abilities.ts'
export type {
  AcceptRequest,
  DisputeAnswer,
  EvidenceFile,
  EvidenceRequest,
} from './gateway-dispute.ts'
export type {
  GatewayMovement,
  MovementKind,
  MovementPage,
  MovementsQuery,
} from './gateway-movement.ts'
export type {
  DisputeStatus,
  GatewayDispute,
  GatewayNotice,
  MethodChange,
  NoticesPage,
  NoticesQuery,
  WebhookReading,
  WebhookRequest,
} from './gateway-notice.ts'
export {
  HOLD_EXPIRED,
  repeatedOutcome,
  unknownOutcome,
  unreachableOutcome,
  type BankForm,
  type GatewayOutcome,
  type NextAction,
  type RefundOutcome,
  type UnknownOutcome,
  type VoidOutcome,
} from './gateway-outcome.ts'
export type {
  BroughtBack,
  CardDetails,
  ChargeKey,
  ChargeRequest,
  CredentialCheck,
  FollowUp,
  GatewayPort,
  LookUpResult,
  RawBankAccount,
  RawCard,
  RefundLookUp,
  RefundRequest,
  Tokenization,
  TokenizeRequest,
  TokenQuestion,
} from './gateway-port.ts'
export { statementLine, type StatementText } from './statement-text.ts'
export type { CredentialField, GatewayVendor, VendorSettings } from './gateway-vendor.ts'
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
} from './payment-intent.ts'
export { isIndemnityClaim } from './indemnity-claim.ts'
export { bankOf, checkBankAccount } from './mandate-account.ts'
export { announceDebit, type NewCollection } from './collection.ts'
export {
  bacsDayAt,
  lodgementAnswerOn,
  NOTICE_DAYS,
  onBacsDay,
  planCollection,
  type CollectionDates,
} from './mandate-dates.ts'
export { moveMandate, type Mandate, type MandateMove, type MandateStatus } from './mandate.ts'
export { movementTransfers, type KeptMovement } from './movement.ts'
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
} from './settlement.ts'
export type { SettlementReading, SettlementReport } from './settlement-report.ts'
export { planAttempt, retryOf, type ChargeRoute, type Retry } from './plan-attempt.ts'
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
} from './setup-intent.ts'
export {
  saleByHand,
  saleOf,
  saleTransfers,
  type PaymentByHand,
  type Transaction,
} from './transaction.ts'
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
} from './refund.ts'
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
} from './void.ts'
