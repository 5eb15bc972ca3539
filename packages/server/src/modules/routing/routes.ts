import type { CommandContext } from '../../platform/command/index.ts'
import type { ApiModule } from '../../platform/http/index.ts'
import { type Kept, type KeptTable, readKept } from '../../platform/kept/index.ts'
import { addDecisionRoutes } from './charges/decision-routes.ts'
import { addSegmentRoutes } from './charges/segment-routes.ts'
import { addSimulateRoutes } from './charges/simulate-routes.ts'
import { addBinProfileRoutes } from './resources/bin-profile-routes.ts'
import { binProfiles } from './resources/bin-profiles.ts'
import { addGatewayGroupRoutes } from './resources/gateway-group-routes.ts'
import { gatewayGroups } from './resources/gateway-groups.ts'
import { addPaymentProfileRoutes } from './resources/payment-profile-routes.ts'
import { paymentProfiles } from './resources/payment-profiles.ts'

export const routingRoutes: ApiModule = (app, { loaders }) => {
  const register = <T extends KeptTable>(resource: Kept<T, string>): void =>
    loaders.register(resource.kind, async (context: CommandContext, id) => {
      const row = await readKept(context, resource, id)
      return row === null ? null : { data: resource.toWire(row) }
    })
  register(gatewayGroups)
  register(binProfiles)
  register(paymentProfiles)
  addGatewayGroupRoutes(app)
  addBinProfileRoutes(app)
  addPaymentProfileRoutes(app)
  addSimulateRoutes(app)
  addSegmentRoutes(app)
  addDecisionRoutes(app)
}
