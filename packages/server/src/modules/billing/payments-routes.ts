import type { ApiModule } from '../../platform/http/index.ts'
import { addIntentRoutes, answerWithIntent } from './intent-routes.ts'
import { addInvoiceRoutes } from './invoice-routes.ts'
import type { BillingDeps } from './scope.ts'

/** What is done with invoices, and payment intents: routes that may charge. */
export function billingPaymentsRoutes(deps: BillingDeps): ApiModule {
  return (app, { loaders }) => {
    loaders.register('payment_intent', answerWithIntent)
    addInvoiceRoutes(app, deps)
    addIntentRoutes(app, deps)
  }
}
