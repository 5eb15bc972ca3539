import { revcentRoutes, revcentSettingsRoutes } from './compat/revcent/index.ts'
import { revolv3Routes, revolv3SettingsRoutes } from './compat/revolv3/index.ts'
import { revtainRoutes } from './compat/revtain/index.ts'
import { recoveryAnalyticsRoutes } from './modules/analytics/index.ts'
import { accountsRoutes, createFindApiKey } from './modules/accounts/index.ts'
import {
  billingDisputesRoutes,
  billingPaymentsRoutes,
  cancelAllOf,
  gatewayWebhookRoutes,
  metadataRoutes,
  recoveryCasesRoutes,
  renewalRunsRoutes,
  renewalsRoutes,
  salesRoutes,
  salvageRoutes,
  subscriptionsRoutes,
  testClockRoutes,
  type ClockHooks,
  trialsRoutes,
  type BillingDeps,
} from './modules/billing/index.ts'
import { cardUpdateLinksRoutes } from './modules/card-updates/index.ts'
import { pricesRoutes, productsRoutes } from './modules/catalog/index.ts'
import { customersRoutes } from './modules/customers/index.ts'
import { cardUpdateUrl } from './modules/card-updates/index.ts'
import { dunningRoutes, findMailData } from './modules/dunning/index.ts'
import { discountsRoutes } from './modules/discounts/index.ts'
import { disputesRoutes } from './modules/disputes/index.ts'
import { invoicesRoutes } from './modules/invoices/index.ts'
import {
  mailContentRoutes,
  mailsRoutes,
  mailTemplatesRoutes,
} from './modules/notifications/index.ts'
import { findDefaultMethods, paymentsRoutes } from './modules/payments/index.ts'
import { mandateLookUpRoutes } from './modules/payments/mandates/index.ts'
import {
  connectorWebhookRoutes,
  recoveryBackTestRoutes,
  handedOverRoutes,
  recoveryClientsRoutes,
  recoveryConnectorsRoutes,
  salvageProfileRoutes,
} from './modules/recovery/index.ts'
import { routingRoutes } from './modules/routing/index.ts'
import { finishEdits, subscriptionEditsRoutes } from './modules/subscription-edits/index.ts'
import { shippingRoutes } from './modules/shipping/index.ts'
import { subscriptionProfilesRoutes } from './modules/subscription-profiles/index.ts'
import { listRunningSubscriptionIds } from './modules/subscriptions/index.ts'
import { taxRatesRoutes } from './modules/tax/index.ts'
import { eventsRoutes } from './modules/webhooks/index.ts'
import type { Config } from './platform/config/index.ts'
import { createApi, type ApiInstance } from './platform/http/index.ts'
import { payPages } from './pages.ts'

/** The composition root of the HTTP faces. */
export async function createServiceApi(
  config: Pick<Config, 'publicUrl' | 'rateLimit'> & Partial<Pick<Config, 'trustProxy'>>,
  billing: BillingDeps,
): Promise<ApiInstance> {
  const { database, clock, ids, log } = billing
  const cardUrl = (token: string): string => cardUpdateUrl(config.publicUrl, token)
  const clockHooks: ClockHooks = {
    beforeMove: (accountId, signal) => finishEdits(billing, { accountId, signal }),
  }
  const app = await createApi({
    config,
    database,
    clock,
    ids,
    log,
    findApiKey: createFindApiKey(database),
    trustProxy: config.trustProxy ?? null,
    modules: [
      accountsRoutes,
      customersRoutes({
        onDeleted: async (tx, { context, customerId }) => {
          const subscriptionIds = await listRunningSubscriptionIds(
            tx,
            context.accountId,
            customerId,
          )
          await cancelAllOf(billing, context, { tx, subscriptionIds })
        },
        findDefaultPaymentMethods: (tx, of) => findDefaultMethods(tx, of),
      }),
      productsRoutes,
      pricesRoutes,
      routingRoutes,
      paymentsRoutes(billing),
      cardUpdateLinksRoutes(billing),
      invoicesRoutes,
      billingPaymentsRoutes(billing),
      disputesRoutes,
      billingDisputesRoutes(billing),
      discountsRoutes,
      taxRatesRoutes,
      shippingRoutes,
      subscriptionProfilesRoutes,
      subscriptionEditsRoutes(billing),
      subscriptionsRoutes(billing),
      renewalsRoutes(billing),
      renewalRunsRoutes(billing),
      testClockRoutes(billing, clockHooks),
      recoveryCasesRoutes(billing),
      salvageRoutes(billing),
      salvageProfileRoutes,
      salesRoutes(billing),
      metadataRoutes(billing),
      trialsRoutes(billing),
      recoveryAnalyticsRoutes,
      recoveryBackTestRoutes,
      recoveryClientsRoutes(billing),
      handedOverRoutes,
      recoveryConnectorsRoutes(billing, config),
      dunningRoutes,
      mailsRoutes,
      mailContentRoutes({ cardUrl }),
      mailTemplatesRoutes({ cardUrl, findMailData }),
      eventsRoutes,
      revolv3SettingsRoutes(billing),
      revcentSettingsRoutes,
    ],
  })
  await gatewayWebhookRoutes(app, billing)
  await mandateLookUpRoutes(app, billing)
  await connectorWebhookRoutes(app, billing)
  await revolv3Routes(app, billing, { findApiKey: createFindApiKey(database), config })
  await revcentRoutes(app, billing, { findApiKey: createFindApiKey(database), config })
  await revtainRoutes(app, billing, { publicUrl: config.publicUrl, clockHooks })
  await payPages(app, billing, config)
  return app
}
