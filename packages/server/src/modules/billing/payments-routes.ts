import type { ApiModule } from '../../platform/http/index.ts'
import { addInvoiceRoutes } from './invoice-routes.ts'
import type { BillingDeps } from './scope.ts'

/** What is done with invoices, and payment intents: routes that may charge. */
export function billingPaymentsRoutes(deps: BillingDeps): ApiModule {
  return (app) => addInvoiceRoutes(app, deps)
}
