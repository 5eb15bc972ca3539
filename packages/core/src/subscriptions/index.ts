export {
  cancelSubscription,
  pauseSubscription,
  reactivateSubscription,
  resumeSubscription,
  suspendSubscription,
  type SubscriptionDecision,
} from './commands.ts'
export { editSubscription, type EditRefusal, type SubscriptionEdit } from './edit.ts'
export { toExtras } from './extras.ts'
export {
  cycleAmount,
  cycleAmountAtTerms,
  isCharge,
  isFirstCycleOnly,
  itemAmount,
  unitAmountOf,
} from './item-amount.ts'
export { changeFrequency, cyclesRemaining } from './change-frequency.ts'
export { decideMove, MOVES, outsideOf, type Move, type Refused } from './moves.ts'
export { isLastOccurrenceDone, nextRenewalAt, occurrencesDone, termsOf } from './profile.ts'
export type { FollowedProfile } from './profile-terms.ts'
export {
  cycleAround,
  firstPaymentDueAt,
  isInTrial,
  nextDueAt,
  periodOfCycle,
  touched,
} from './schedule.ts'
export { areRenewalsUsedUp, isCountUsedUp, isTermBilled } from './term.ts'
export {
  cancelTrial,
  endTrialNow,
  isTrialActive,
  moveTrialEnd,
  type TrialRefusal,
} from './trial.ts'
export {
  beginBilling,
  startSubscription,
  type FirstBill,
  type StartRefusal,
  type StartRequest,
} from './start.ts'
export {
  isEnded,
  RUNNING,
  type CollectionMethod,
  type FirstCharge,
  type ItemComponent,
  type PauseBehavior,
  type Period,
  type ProrationMode,
  type Schedule,
  type Subscription,
  type SubscriptionExtras,
  type SubscriptionItem,
  type SubscriptionStatus,
} from './subscription.ts'
