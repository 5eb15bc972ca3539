import { join } from 'node:path'
import { contextOf, loadScope, payBill, type BillingDeps } from './modules/billing/index.ts'
import { createCustomerHost, CUSTOMER_PREFIX } from './modules/card-updates/index.ts'
import { addCardPage } from './modules/card-updates/page/index.ts'
import { createClientHost } from './modules/recovery/index.ts'
import { accountNow } from './platform/clock/index.ts'
import type { ApiInstance } from './platform/http/index.ts'
import { addPageAssets, readBuiltPage } from './platform/pages/index.ts'

/** Where packages/web builds the pages of payers. */
const PAY = join(import.meta.dirname, '../../web/apps/pay/dist')
/** Recovery clients hand these links out, and their form is promised (spec/revtain.md 11). */
const CLIENT_PREFIX = '/api/recovery/update-card'

/** The composition root of the pages that payers open. */
export async function payPages(
  app: ApiInstance,
  billing: BillingDeps,
  { publicUrl }: { readonly publicUrl: string },
): Promise<void> {
  const { clock, log } = billing
  const page = readBuiltPage(PAY)
  if (page === null) log.warn({ folder: PAY }, 'the pages of payers were not built')
  else addPageAssets(app, page, '/pay')
  const customers = createCustomerHost({
    ...billing,
    publicUrl,
    openContext: async (accountId) => {
      const scope = await loadScope(billing, accountId)
      const now = accountNow(scope, clock.now())
      return contextOf(billing, { ...scope, runId: null }, now)
    },
    payBill: (context, bill) => payBill(billing, context, bill),
  })
  const deps = { clock, log, page }
  await app.register(async (own: ApiInstance) => {
    addCardPage(own, deps, { prefix: CUSTOMER_PREFIX, host: customers })
  })
  await app.register(async (own: ApiInstance) => {
    addCardPage(own, deps, { prefix: CLIENT_PREFIX, host: createClientHost(billing) })
  })
}
