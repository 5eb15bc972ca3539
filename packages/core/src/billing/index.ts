export {
  addChanges,
  emptyChangeSet,
  type ChangeSet,
  type Fact,
  type FactSubject,
  type Renewal,
  type RenewalKind,
  type SubscriptionMethod,
} from './change-set.ts'
export { decideDue, dueStep, type DueDecision, type DueStep } from './due.ts'
export { invoiceFact, paymentFact, subscriptionFact } from './facts.ts'
export { attemptFor, viewOf, type BillingTools, type SubscriptionState } from './issue-bill.ts'
export { decideRetry, type RetryDecision, type RetryState } from './retry.ts'
export {
  decideSettlement,
  settlePaid,
  type SettlementDecision,
  type SettlementState,
} from './settle.ts'
export { startBilling, type StartedSubscription } from './start.ts'
