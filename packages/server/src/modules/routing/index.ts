export { loadRouting } from './charges/load-routing.ts'
export { recordDecisions, recordUsage } from './charges/record-charges.ts'
export { segmentFields, toSegmentsChange } from './charges/segment-routes.ts'
export {
  changeGatewaysOfMany,
  changeSubscriptionRouting,
  checkNewSegments,
  type SegmentsChange,
} from './charges/segments.ts'
export { copySegments, saveSegments } from './queries/setup.ts'
export { namingErrors, type NamingRefusal } from './errors.ts'
export { checkNamedProfile, findFirstStepSource } from './resources/payment-profiles.ts'
export { listLastSuccesses, type RouteSubject } from './queries/charged.ts'
export { lastSuccessOf } from './queries/last-success.ts'
export { findStopMessage, listRouteStates } from './queries/decisions.ts'
export { routingRoutes } from './routes.ts'
