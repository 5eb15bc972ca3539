export {
  closeCase,
  countFailedRetry,
  nextAttemptAt,
  openCase,
  type CaseState,
  type RecoveryCase,
  type RecoveryPolicy,
} from './case.ts'
