import { beginRun, takeSteps, type DunningRun } from '@perennial/core/dunning'
import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import type { Invoice } from '@perennial/core/invoices'
import type { RecoveryCase } from '@perennial/core/recovery'
import type { Subscription } from '@perennial/core/subscriptions'
import type { Instant } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import {
  campaignOf,
  findCampaignsFor,
  findDueRuns,
  listRuns,
  queueDunningMails,
  updateRuns,
  type WantedMail,
} from '../../dunning/index.ts'
import { lockInvoices } from '../../invoices/index.ts'
import { listCases } from '../../recovery/index.ts'
import { lockSubscriptions } from '../../subscriptions/index.ts'
import type { DueWindow } from '../run-due-batch.ts'
import type { BillingDeps, BillingScope } from '../scope.ts'

/**
 * The steps of dunning runs that are due, as a batch: mails are queued and access changes in one transaction. What
 * another worker holds is left to it; each run is read again under its subscription's lock. Returns how many were done.
 */
export async function runDunningBatch(
  deps: BillingDeps,
  scope: BillingScope,
  window: DueWindow,
): Promise<number> {
  const { accountId } = scope
  return deps.database.tx(
    async (tx) => {
      const due = await findDueRuns(tx, accountId, window.until, deps.batchSize)
      if (due.length === 0) return 0
      const loaded = await loadRuns(tx, scope, due)
      const runs: DunningRun[] = []
      const wanted: WantedMail[] = []
      for (const { run, subscription, invoice, recovery } of loaded) {
        if (run.dueAt === null || run.dueAt > window.until) continue
        const at: Instant = window.decideAt === 'due' ? run.dueAt : window.until
        const taken = takeSteps(run, { recovery, status: subscription.status }, at)
        const mail = scope.account.settings.dunning.emailEnabled ? taken.mail : null
        if (mail !== null)
          wanted.push({ mail, run: taken.run, subscription, invoice, recovery, at })
        runs.push(taken.run)
      }
      await updateRuns(tx, accountId, runs)
      await queueDunningMails(tx, deps, { accountId, wanted })
      return runs.length
    },
    { retry: true },
  )
}

type LoadedRun = {
  readonly run: DunningRun
  readonly subscription: Subscription
  readonly invoice: Invoice
  readonly recovery: RecoveryCase
}

/** The runs with what their steps are taken in, locked in the order of every batch: subscriptions, invoices. */
async function loadRuns(
  tx: Tx,
  scope: BillingScope,
  due: readonly { readonly id: Uuid; readonly subscriptionId: Uuid }[],
): Promise<LoadedRun[]> {
  const { accountId } = scope
  const subscriptionIds = [...new Set(due.map(({ subscriptionId }) => subscriptionId))]
  const subscriptions = await lockSubscriptions(tx, accountId, subscriptionIds, {
    skipLocked: true,
  })
  const held = new Map(subscriptions.map((subscription) => [subscription.id, subscription]))
  const ids = due.filter(({ subscriptionId }) => held.has(subscriptionId)).map(({ id }) => id)
  const runs = (await listRuns(tx, accountId, ids)).filter(({ state }) => state === 'open')
  const invoices = await lockInvoices(
    tx,
    accountId,
    runs.map(({ invoiceId }) => invoiceId),
  )
  const [cases, campaigns] = await Promise.all([
    listCases(tx, accountId, ids),
    findCampaignsFor(tx, accountId, runs.some(({ steps }) => steps === null) ? subscriptions : []),
  ])
  const invoiceOf = new Map(invoices.map((invoice) => [invoice.id, invoice]))
  const caseOf = new Map(cases.map((recovery) => [recovery.id, recovery]))
  return runs.map((stored) => {
    const subscription = held.get(stored.subscriptionId)
    const invoice = invoiceOf.get(stored.invoiceId)
    const recovery = caseOf.get(stored.id)
    assert(subscription !== undefined, 'a run is taken with its subscription')
    assert(invoice !== undefined && recovery !== undefined, 'a run has its case and its invoice')
    const campaign = campaigns.get(subscription.id) ?? {
      id: null,
      steps: campaignOf(scope.account.settings),
    }
    const run = stored.steps === null ? beginRun(stored, campaign) : stored
    return { run, subscription, invoice, recovery }
  })
}
