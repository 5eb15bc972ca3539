import type { ApiInstance, ApiModule } from '../../platform/http/index.ts'
import type { GatewayDirectory } from './gateways.ts'
import { addAttemptRoutes } from './attempts/routes.ts'
import { addMethodRoutes } from './methods/routes.ts'
import { toWireMethod } from './methods/wire.ts'
import { findMethod } from './queries/payment-methods.ts'
import { addRailRoutes } from './rails/routes.ts'
import { addTransactionRoutes } from './transactions/routes.ts'

/** Payment methods, and what was charged: transactions and attempts. */
export function paymentsRoutes(deps: { readonly gateways: GatewayDirectory }): ApiModule {
  return (app, { loaders }) => {
    loaders.register('payment_method', async (context, id) => {
      const { accountId } = context
      const method = await context.inTx((tx) => findMethod(tx, { accountId, id }))
      return method === null ? null : { data: toWireMethod(method) }
    })
    addTransactionRoutes(app)
    addAttemptRoutes(app)
    addRailRoutes(app)
    void app.register(async (own: ApiInstance) => addMethodRoutes(own, deps.gateways))
  }
}
