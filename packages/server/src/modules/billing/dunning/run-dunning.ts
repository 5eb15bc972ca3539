import { addChanges, decideDunningMove, emptyChangeSet } from '@perennial/core/billing'
import { beginRun, takeSteps, type DunningRun, type StepsTaken } from '@perennial/core/dunning'
import { assert, messageOf } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import type { Invoice } from '@perennial/core/invoices'
import type { RecoveryCase } from '@perennial/core/recovery'
import type { Subscription } from '@perennial/core/subscriptions'
import { addDays, type Instant } from '@perennial/core/time'
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
import { listInvoiceLines, lockInvoices } from '../../invoices/index.ts'
import { listLivePayments } from '../../payments/index.ts'
import { listCases } from '../../recovery/index.ts'
import { lockSubscriptions } from '../../subscriptions/index.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import { loadStates } from '../load/load-states.ts'
import { decidedAt, type DueWindow } from '../work/due-window.ts'
import { leaseEnd, toolsOf, type BillingDeps, type BillingScope } from '../scope.ts'

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
      const steps: TakenSteps[] = []
      const moved = new Set<Uuid>()
      for (const each of loaded) {
        const { run, subscription } = each
        if (run.dueAt === null || run.dueAt > window.until) continue
        // One move a subscription and batch: the next run is decided on what this one leaves.
        if (moved.has(subscription.id)) continue
        const at = decidedAt(window, run.dueAt)
        const take = () => takeSteps(run, { ...each, status: subscription.status }, at)
        const taken = decideApart(deps, scope, run, take) ?? putOff(run, at)
        if (taken.move !== null) moved.add(subscription.id)
        steps.push({ ...each, at, taken })
      }
      const done = await moveSubscriptions(deps, tx, scope, steps)
      await updateRuns(
        tx,
        accountId,
        done.map(({ taken }) => taken.run),
      )
      const wanted = scope.account.settings.dunning.emailEnabled ? done.flatMap(toMail) : []
      await queueDunningMails(tx, deps, { accountId, wanted })
      return done.length
    },
    { retry: true },
  )
}

type TakenSteps = LoadedRun & { readonly at: Instant; readonly taken: StepsTaken }

function toMail({ taken, ...about }: TakenSteps): WantedMail[] {
  const { mail, run } = taken
  return mail === null ? [] : [{ ...about, mail, run }]
}

/** One whose decision faults holds up no other: null, and the log says why. */
function decideApart<T>(
  deps: BillingDeps,
  { accountId }: BillingScope,
  run: DunningRun,
  decide: () => T,
): T | null {
  try {
    return decide()
  } catch (error) {
    const reason = messageOf(error)
    deps.log.error({ accountId, runId: run.id, reason }, 'dunning put off')
    return null
  }
}

/** Looked at again a day later. */
function putOff(run: DunningRun, at: Instant): StepsTaken {
  return { run: { ...run, dueAt: addDays(at, 1) }, mail: null, move: null }
}

/** Does to subscriptions what the steps say; most say nothing. The steps as they were done: one whose move faults is put off. */
async function moveSubscriptions(
  deps: BillingDeps,
  tx: Tx,
  scope: BillingScope,
  steps: readonly TakenSteps[],
): Promise<readonly TakenSteps[]> {
  const moving = steps.filter(({ taken }) => taken.move !== null)
  if (moving.length === 0) return steps
  const [states, lines] = await Promise.all([
    loadStates(
      tx,
      scope,
      moving.map(({ subscription }) => subscription),
      { withRoutes: false },
    ),
    listInvoiceLines(
      tx,
      scope.accountId,
      moving.map(({ invoice }) => invoice.id),
    ),
  ])
  const stateOf = new Map(states.map((state) => [state.subscription.id, state]))
  const linesOf = Map.groupBy(lines, (line) => line.invoiceId)
  const changes = emptyChangeSet()
  const done = steps.map((step) => {
    const { run, subscription, invoice, at } = step
    const { move } = step.taken
    if (move === null) return step
    const decided = decideApart(deps, scope, run, () => {
      const billed = stateOf.get(subscription.id)
      assert(billed !== undefined, 'a step moves its own subscription')
      const state = { billed, invoice, lines: linesOf.get(invoice.id) ?? [] }
      return decideDunningMove(state, move, at, toolsOf(deps))
    })
    if (decided === null) return { ...step, taken: putOff(run, at) }
    addChanges(changes, decided)
    return step
  })
  const nextId = () => deps.ids.next()
  await applyChanges(tx, scope, { changes, leaseUntil: leaseEnd(deps), nextId })
  return done
}

type LoadedRun = {
  readonly run: DunningRun
  readonly subscription: Subscription
  readonly invoice: Invoice
  readonly recovery: RecoveryCase
  readonly chargedAt: Instant | null
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
  const [cases, live, campaigns] = await Promise.all([
    listCases(tx, accountId, ids),
    listLivePayments(
      tx,
      accountId,
      runs.map(({ invoiceId }) => invoiceId),
    ),
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
    const chargedAt = live.get(invoice.id) ?? null
    return { run, subscription, invoice, recovery, chargedAt }
  })
}
