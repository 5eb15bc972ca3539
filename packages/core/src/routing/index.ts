export { parseBins, type BinRanges } from './bin-profile.ts'
export type { ProfileProblem } from './check-entries.ts'
export { continueRoute, startRoute } from './find-route.ts'
export {
  decideUnrouted,
  explainUnrouted,
  stopUnrouted,
  type UnroutedCharge,
} from './explain-unrouted.ts'
export type { FlowNode } from './flow-node.ts'
export {
  compileProfile,
  type GatewayGroup,
  type PaymentProfile,
  type ProfileDefinition,
  type RoutingConfig,
  type RoutingGateway,
} from './profile.ts'
export { askedMinor } from './pick.ts'
export { describeReason, stopMessage, type RouteReason } from './reason.ts'
export type {
  BillRouting,
  ChargeFacts,
  ChargeStep,
  RouteMethod,
  RouteOutcome,
  RouteState,
  RouteStep,
  Routing,
} from './route.ts'
export type { RequestType } from './source.ts'
export {
  emptyBook,
  forgetCharge,
  noteCharge,
  type BinResult,
  type GatewayUsage,
  type RoutingBook,
  type UsageFigures,
  type UsageRule,
} from './usage.ts'
export { toRouteOutcome } from './to-route-outcome.ts'
export { listNamedProducts, validateProfile } from './validate-profile.ts'
