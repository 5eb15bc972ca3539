export {
  closeCase,
  countFailedRetry,
  nextAttemptAt,
  openCase,
  reopenCase,
  type CaseState,
  type RecoveryCase,
  type RecoveryPolicy,
} from './case.ts'
export {
  askGuard,
  type GuardAnswer,
  type GuardedCard,
  type GuardQuestion,
  type PastAttempt,
} from './guard/ask-guard.ts'
export { networkOf, type CardNetwork } from './guard/network-rules.ts'
export {
  canPayerHelp,
  continueOutside,
  handedOverAs,
  moveOutside,
  openOutside,
  settleOutside,
  type HandedOver,
  type OutsideOutcome,
  type OutsideStep,
} from './outside/decide-outside.ts'
export {
  outsideEndsAt,
  type OutsidePlan,
  type OutsideRecovery,
  type OutsideState,
  type OutsideTrigger,
} from './outside/outside-recovery.ts'
export type { OutsideCard, OutsideView } from './outside/outside-view.ts'
export { zoneOfCountry } from './planner/country-zones.ts'
export {
  emptyEvidence,
  learn,
  type AttemptEvidence,
  type CardTraits,
  type Evidence,
  type FailureReason,
} from './planner/evidence.ts'
export { explainPlan, type PlanReasons } from './planner/explain-plan.ts'
export { failureReasonOf } from './planner/failure-reason.ts'
export { buildModel, type PlannerModel } from './planner/model.ts'
export {
  planRetry,
  type RetryOption,
  type RetryPlan,
  type RetryQuestion,
} from './planner/plan-retry.ts'
