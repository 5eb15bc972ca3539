export {
  findAdviceAt,
  findAdviceCode,
  listAdviceCodes,
  type AdviceKnowledge,
} from './advice-codes.ts'
export { declineCodeOfReturn, declineCodeOfTold } from './bank-return-codes.ts'
export { classifyDecline, isShortOfMoney } from './classify-decline.ts'
export {
  isDeclineCode,
  listDeclineCodes,
  NEVER_SENT_ON,
  type DeclineCode,
} from './decline-codes.ts'
export { holdsAt, ruleDay, SINCE_EVER, type DatedRow } from './dated-row.ts'
export type { Decline } from './decline.ts'
export { CUSTOMER_ACTIONS, explainDecline, MERCHANT_ACTIONS } from './explain-decline.ts'
export {
  DECLINE_DIALECTS,
  findGatewayCode,
  listGatewayCodes,
  type DeclineDialect,
} from './gateways/tables.ts'
export { findIsoCode, listIsoCodes } from './iso-codes.ts'
export type { DeclineNature, RecommendedAction } from './nature.ts'
export type { RefusedCard } from './network-meanings.ts'
export { normaliseDecline } from './normalise-decline.ts'
export { DECLINE_REASONS, type DeclineReason } from './reasons.ts'
export { listAddresses, nameSources, SOURCES, type Source } from './sources.ts'
export { declineOfTold } from './told-decline.ts'
export { findVisaCategory } from './visa-categories.ts'
