import { join } from 'node:path'
import type { Uuid } from '@perennial/core/ids'
import {
  contextOf,
  finishChallenge,
  loadScope,
  payBill,
  type BillingDeps,
} from './modules/billing/index.ts'
import { createCustomerHost, CUSTOMER_PREFIX } from './modules/card-updates/index.ts'
import { addCardPage } from './modules/card-updates/page/index.ts'
import { addChallengePage } from './modules/payments/challenges/index.ts'
import { refreshSetupIntent } from './modules/payments/setup-intents/index.ts'
import { createClientHost, finishOutsideChallenge } from './modules/recovery/index.ts'
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
  const openScope = async (accountId: Uuid) => {
    const scope = await loadScope(billing, accountId)
    return { scope: { ...scope, runId: null }, now: accountNow(scope, clock.now()) }
  }
  const openContext = async (accountId: Uuid) => {
    const { scope, now } = await openScope(accountId)
    return contextOf(billing, scope, now)
  }
  const customers = createCustomerHost({
    ...billing,
    publicUrl,
    openContext,
    payBill: (context, bill) => payBill(billing, context, bill),
  })
  const deps = { clock, log, page }
  await app.register(async (own: ApiInstance) => {
    addCardPage(own, deps, { prefix: CUSTOMER_PREFIX, host: customers })
  })
  await app.register(async (own: ApiInstance) => {
    addCardPage(own, deps, { prefix: CLIENT_PREFIX, host: createClientHost(billing) })
  })
  const { database } = billing
  addChallengePage(app, {
    database,
    clock,
    log,
    page,
    finish: {
      payment_intent: async (challenge) => {
        const { scope, now } = await openScope(challenge.accountId)
        await finishChallenge(billing, scope, challenge, now)
      },
      setup_intent: async ({ accountId, subject }) => {
        await refreshSetupIntent(billing, await openContext(accountId), subject.id)
      },
      recovery: async (challenge) => {
        const { now } = await openScope(challenge.accountId)
        await finishOutsideChallenge(billing, challenge, now)
      },
    },
  })
}
