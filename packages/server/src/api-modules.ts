import { accountsRoutes } from './modules/accounts/index.ts'
import { pricesRoutes, productsRoutes } from './modules/catalog/index.ts'
import { type CustomerHooks, customersRoutes } from './modules/customers/index.ts'
import { eventsRoutes } from './modules/webhooks/index.ts'
import type { ApiModule } from './platform/http/index.ts'

/** Every module that has routes under /v2, in the order of the reference pages. */
export function apiModules(hooks: { readonly customers: CustomerHooks }): readonly ApiModule[] {
  return [
    accountsRoutes,
    customersRoutes(hooks.customers),
    productsRoutes,
    pricesRoutes,
    eventsRoutes,
  ]
}
