import type { CommandContext } from '../../platform/command/index.ts'
import type { ApiModule } from '../../platform/http/index.ts'
import { addDecisionRoutes } from './charges/decision-routes.ts'
import { addSegmentRoutes } from './charges/segment-routes.ts'
import { addSimulateRoutes } from './charges/simulate-routes.ts'
import { addBinProfileRoutes } from './resources/bin-profile-routes.ts'
import { binProfiles } from './resources/bin-profiles.ts'
import { addGatewayGroupRoutes } from './resources/gateway-group-routes.ts'
import { gatewayGroups } from './resources/gateway-groups.ts'
import { addPaymentProfileRoutes } from './resources/payment-profile-routes.ts'
import { paymentProfiles } from './resources/payment-profiles.ts'
import { findConfigured, type Resource } from './resources/resource-commands.ts'
import type { ResourceTable } from './queries/resources.ts'

export const routingRoutes: ApiModule = (app, { loaders }) => {
  const register = <T extends ResourceTable>(resource: Resource<T>): void =>
    loaders.register(resource.kind, async (context: CommandContext, id) => {
      const row = await findConfigured(context, resource, id)
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
