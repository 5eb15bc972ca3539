export { findAdviceCode, listAdviceCodes, type AdviceKnowledge } from './advice-codes.ts'
export { declineCodeOfReturn, declineCodeOfTold } from './bank-return-codes.ts'
export { classifyDecline, type Classification } from './classify-decline.ts'
export {
  isDeclineCode,
  listDeclineCodes,
  NEVER_SENT_ON,
  type DeclineCode,
} from './decline-codes.ts'
export type { Decline } from './decline.ts'
export {
  CUSTOMER_ACTIONS,
  explainDecline,
  MERCHANT_ACTIONS,
  type Explanation,
} from './explain-decline.ts'
export {
  DECLINE_DIALECTS,
  findGatewayCode,
  listGatewayCodes,
  type DeclineDialect,
} from './gateways/tables.ts'
export { findIsoCode, type IsoKnowledge, type VisaCategory } from './iso-codes.ts'
export {
  type DeclineCategory,
  type DeclineNature,
  type RecommendedAction,
  type RetryAdvice,
} from './nature.ts'
export { normaliseDecline, type RawDecline } from './normalise-decline.ts'
export { DECLINE_REASONS, type DeclineReason } from './reasons.ts'
