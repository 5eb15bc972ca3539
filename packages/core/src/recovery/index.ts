export {
  cardAwaitedUntil,
  caseEndsAt,
  closeCase,
  countFailedRetry,
  countRetryInOutage,
  exhaustCase,
  nextAttemptAt,
  openCase,
  reopenCase,
  type CaseState,
  type CaseWait,
  type RecoveryCase,
  type SubscriptionCase,
} from './case.ts'
export type { CaseCard, CaseDecision, CaseTry, CaseView, PlannedCase } from './case-view.ts'
export { cardToTry, mayCharge, mayTryAgain, planCase } from './plan-case.ts'
export { excuseRetries, isInOutage, markOutages, type KnownOutage } from './outage-tries.ts'
export {
  FREE_PLANNER,
  NEW_ACCOUNTS_CHOOSE,
  policyOf,
  toPolicy,
  type DunningRules,
  type RecoveryChoice,
  type RecoveryPolicy,
} from './policy.ts'
export {
  salvageTurn,
  toSalvageChoice,
  type SalvageAttempt,
  type SalvagePlan,
  type SalvageSource,
} from './salvage-plan.ts'
export {
  answeredOnly,
  askGuard,
  type GuardAnswer,
  type GuardedCard,
  type PastAttempt,
} from './guard/ask-guard.ts'
export { askRetryRule, strictest } from './guard/retry-rule.ts'
export {
  networkOf,
  networkOfDigits,
  VISA_ATTEMPTS,
  type CardNetwork,
} from './guard/network-rules.ts'
export {
  isHardDecline,
  nextRunAt,
  RECYCLING_DAYS_MAX,
  RECYCLING_DEFAULTS,
  RECYCLING_RUNS_MAX,
  recyclingEndsAt,
  runTimeOn,
  type RecyclingRules,
} from './recycling.ts'
export {
  canPayerHelp,
  continueOutside,
  moveOutside,
  lastChanceOutside,
  openOutside,
  settleOutside,
  type HandedOver,
} from './outside/decide-outside.ts'
export { decideInTurn } from './outside/decide-in-turn.ts'
export { handedOverAs, unansweredAs } from './outside/past-tries.ts'
export {
  cancelOutside,
  holdOutside,
  postponeOutside,
  supersedeOutside,
  withDue,
  type OutsideDue,
} from './outside/bills.ts'
export type {
  OutsidePlan,
  OutsideRecovery,
  OutsideState,
  OutsideStep,
  OutsideTrigger,
} from './outside/outside-recovery.ts'
export type { OutsideCard, OutsideView } from './outside/outside-view.ts'
export { nextUpdaterAsk } from './outside/renewed-card.ts'
export {
  backTest,
  type BackTest,
  type BackTestRequest,
  type BackTestResult,
} from './back-test/back-test.ts'
export { horizonDaysOf } from './back-test/horizon.ts'
export type { PastCase, PastEvidence, PastTry, TestedPolicy } from './back-test/past-case.ts'
export { traitsOfCard, type CardTraits } from './planner/card-traits.ts'
export { zoneOfCountry } from './planner/country-zones.ts'
export {
  emptyEvidence,
  learn,
  type AttemptEvidence,
  type Evidence,
  type FailureReason,
} from './planner/evidence.ts'
export {
  keepWatch,
  learnWatchfully,
  type Watch,
  type WatchedAttempt,
  type Watches,
} from './planner/outage.ts'
export {
  findOutage,
  isOutageOver,
  OUTAGE_DAYS_MAX,
  type SuspectedOutage,
} from './planner/suspected-outage.ts'
export {
  dropRareSegments,
  packSegment,
  unpackSegment,
  type StoredSegment,
} from './planner/stored-evidence.ts'
export { DUE_NOW_MS, MOVES_MAX } from './planner/due-now.ts'
export { explainPlan, type PlanReasons } from './planner/explain-plan.ts'
export { failureReasonOf } from './planner/failure-reason.ts'
export { buildModel, type PlannerModel } from './planner/model.ts'
export { planRetry } from './planner/plan-retry.ts'
export { SECOND_BEST } from './planner/second-best.ts'
export type { GatewayFees, TryFees } from './planner/try-fees.ts'
export { windowOfDays } from './planner/window-of-days.ts'
