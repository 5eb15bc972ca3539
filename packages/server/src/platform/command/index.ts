export { asOne, decideAsOne } from './as-one.ts'
export type {
  AccountContext,
  AccountSettings,
  BrandSettings,
  CommandContext,
  DisputeSettings,
  PaymentSettings,
  DunningSettings,
  Environment,
  MailSettings,
  RecyclingSettings,
  RequestOrigin,
} from './context.ts'
export { type Decision, type Refused, accepted, refused } from './decision.ts'
export { unlessViolated } from './unless-violated.ts'
export { assertOutsideAsOne } from './within.ts'
