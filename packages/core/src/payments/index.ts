export {
  asOffSession,
  settleAttempt,
  type AttemptDecision,
  type AttemptOperation,
  type AttemptState,
  type PaymentAttempt,
} from './attempt.ts'
export type {
  CardDetails,
  ChargeKey,
  ChargeRequest,
  Decline,
  GatewayOutcome,
  GatewayPort,
  LookUpResult,
  NextAction,
  TokenQuestion,
} from './gateway-port.ts'
export {
  cancelIntent,
  captureIntent,
  confirmIntent,
  editIntent,
  planCapture,
  settleIntent,
  startIntent,
  type CaptureDecision,
  type IntentDecision,
  type IntentEdit,
  type IntentStatus,
  type NewIntent,
  type PaymentIntent,
} from './payment-intent.ts'
export { planAttempt, type AttemptRequest, type ChargeRoute } from './plan-attempt.ts'
export { saleOf, saleTransfers, type Transaction } from './transaction.ts'
