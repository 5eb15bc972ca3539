export { assertNothingLeft } from './assert-nothing-left.ts'
export {
  createApiClient,
  memberOf,
  textOf,
  type Answer,
  type ApiClient,
  type Method,
} from './api-client.ts'
export { card, COLLECTED, DECLINED_RENEWAL, PAID_RENEWAL, PAID_START, SENT_START } from './cards.ts'
export { openDatabaseLink, type DatabaseLink } from './database-link.ts'
export { findText } from './find-text.ts'
export { leaveTheHouse, startHouse, theHouse, type House, type RunningService } from './house.ts'
export { scenario, type ScenarioSettings } from './scenario.ts'
export { openWorld, type ScenarioWorld, type SubscriptionWish } from './scenario-world.ts'
export type { Customer, SeenInvoice, Subscriber } from './subscriber.ts'
