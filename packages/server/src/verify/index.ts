export {
  verifyDatabase,
  type CheckResult,
  type Problem,
  type Verification,
  type VerifySettings,
} from './verify-database.ts'
