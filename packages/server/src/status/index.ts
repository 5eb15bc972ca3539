export { readRuns, readStatus, type AccountStatus, type MoneyStatus } from './read-status.ts'
