export { loadRouting } from './charges/load-routing.ts'
export { recordDecisions, recordUsage } from './charges/record-charges.ts'
export { segmentFields, toSegmentsChange } from './charges/segment-routes.ts'
export {
  changeSubscriptionRouting,
  checkNewSegments,
  hasPaymentProfile,
  type SegmentsChange,
} from './charges/segments.ts'
export { saveSegments } from './queries/setup.ts'
export type { RouteSubject } from './queries/charged.ts'
export { listRouteStates } from './queries/decisions.ts'
export { routingRoutes } from './routes.ts'
