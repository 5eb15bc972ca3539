export type {
  AccountContext,
  AccountSettings,
  CommandContext,
  DisputeSettings,
  DunningSettings,
  Environment,
  RequestOrigin,
} from './context.ts'
export { type Decision, type Refused, accepted, refused } from './decision.ts'
