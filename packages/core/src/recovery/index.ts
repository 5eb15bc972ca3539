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
