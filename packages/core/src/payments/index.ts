export {
  asOffSession,
  settleAttempt,
  type AttemptDecision,
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
} from './gateway-port.ts'
export {
  cancelIntent,
  confirmIntent,
  settleIntent,
  type IntentDecision,
  type PaymentIntent,
} from './payment-intent.ts'
export { planAttempt, type AttemptRequest, type ChargeRoute } from './plan-attempt.ts'
export { saleOf, saleTransfers, type Transaction } from './transaction.ts'
