export { recoveryAnalyticsRoutes } from './recovery/routes.ts'
export { problemOfStart, toPeriod } from './recovery/period.ts'
export { GROUPS, type Group } from './recovery/queries.ts'
export { readRecoveryCohorts, readRecoveryNumbers } from './recovery/read-numbers.ts'
