export { verifyDatabase, type CheckResult } from './verify-database.ts'
