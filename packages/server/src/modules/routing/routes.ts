import type { ApiModule } from '../../platform/http/index.ts'
import { addDecisionRoutes } from './charges/decision-routes.ts'
import { addSegmentRoutes } from './charges/segment-routes.ts'
import { addSimulateRoutes } from './charges/simulate-routes.ts'
import { binProfileRoutes } from './resources/bin-profile-routes.ts'
import { gatewayGroupRoutes } from './resources/gateway-group-routes.ts'
import { paymentProfileRoutes } from './resources/payment-profile-routes.ts'

export const routingRoutes: ApiModule = (app, deps) => {
  gatewayGroupRoutes(app, deps)
  binProfileRoutes(app, deps)
  paymentProfileRoutes(app, deps)
  addSimulateRoutes(app)
  addSegmentRoutes(app)
  addDecisionRoutes(app)
}
