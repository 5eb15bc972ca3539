import { encodeId } from '@perennial/core/ids'
import type { ApiInstance, ApiModule } from '../../platform/http/index.ts'
import type { GatewayDeps } from './gateways/check-connection.ts'
import { addGatewayRoutes } from './gateways/routes.ts'
import { toShownGateway } from './gateways/wire.ts'
import { addAttemptRoutes } from './attempts/routes.ts'
import { addMethodRoutes } from './methods/routes.ts'
import { toWireMethod } from './methods/wire.ts'
import { addMandateRoutes, answerWithMandate } from './mandates/routes.ts'
import { findGatewayAccount } from './queries/gateway-accounts.ts'
import { findMethod, findTwin } from './queries/payment-methods.ts'
import { addRailRoutes } from './rails/routes.ts'
import { addSetupIntentRoutes, answerWithSetupIntent } from './setup-intents/routes.ts'
import type { SetupDeps } from './setup-intents/settle-setup-intent.ts'
import { addTransactionRoutes } from './transactions/routes.ts'

/** Gateways, payment methods, and what was charged: transactions and attempts. */
export function paymentsRoutes(deps: GatewayDeps & SetupDeps): ApiModule {
  return (app, { loaders, clock, config }) => {
    const { publicUrl } = config
    loaders.register('gateway', async (context, id) => {
      const { accountId } = context
      const gateway = await context.inTx((tx) => findGatewayAccount(tx, { accountId, id }))
      return gateway === null ? null : { data: toShownGateway(gateway, { publicUrl, accountId }) }
    })
    addGatewayRoutes(app, { ...deps, clock, publicUrl })
    loaders.register('payment_method', async (context, id) => {
      const { accountId } = context
      return context.inTx(async (tx) => {
        const method = await findMethod(tx, { accountId, id })
        if (method === null) return null
        const twin = await findTwin(tx, accountId, method)
        const duplicate_of = twin === null ? null : encodeId('payment_method', twin)
        return { data: toWireMethod(method), duplicate_of }
      })
    })
    loaders.register('setup_intent', answerWithSetupIntent)
    loaders.register('mandate', answerWithMandate)
    addMandateRoutes(app, deps)
    addTransactionRoutes(app)
    addAttemptRoutes(app)
    addRailRoutes(app)
    void app.register(async (own: ApiInstance) => addMethodRoutes(own, deps.gateways))
    void app.register(async (own: ApiInstance) => addSetupIntentRoutes(own, deps))
  }
}
