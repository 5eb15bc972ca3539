import {
  addChanges,
  decideMissedDeadline,
  emptyChangeSet,
  type ChangeSet,
  type DisputeState,
} from '@perennial/core/billing'
import type { Dispute } from '@perennial/core/disputes'
import type { Uuid } from '@perennial/core/ids'
import { isFaultOfRows } from '../../../platform/db/index.ts'
import { findDueDisputes } from '../../disputes/index.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import { decidedAt, type DueWindow } from '../work/due-window.ts'
import { leaseEnd, toolsOf, type BillingDeps, type BillingScope } from '../scope.ts'
import { loadDisputeStates } from './load-dispute-states.ts'

/**
 * Disputes that nobody answered in time are lost, warnings are over; how many. A batch is decided together on its locked
 * states and written in one transaction. One that cannot be written is tried by itself, and left to the log if that fails.
 */
export async function missDeadlines(
  deps: BillingDeps,
  scope: BillingScope,
  window: DueWindow,
): Promise<number> {
  const { accountId } = scope
  let missed = 0
  let batch = 0
  do {
    const due = await deps.database.statement((tx) =>
      findDueDisputes(tx, accountId, window.until, deps.batchSize),
    )
    batch = await missApart(deps, scope, window, due)
    missed += batch
  } while (batch > 0)
  return missed
}

async function missApart(
  deps: BillingDeps,
  scope: BillingScope,
  window: DueWindow,
  due: readonly Dispute[],
): Promise<number> {
  try {
    return await missTogether(deps, scope, window, due)
  } catch (error) {
    if (due.length === 0 || !isFaultOfRows(error)) throw error
    const [only, ...others] = due
    if (only !== undefined && others.length === 0) {
      const reason = error instanceof Error ? error.message : String(error)
      deps.log.error({ accountId: scope.accountId, disputeId: only.id, reason }, 'deadline left')
      return 0
    }
    let missed = 0
    for (const one of due) missed += await missApart(deps, scope, window, [one])
    return missed
  }
}

async function missTogether(
  deps: BillingDeps,
  scope: BillingScope,
  window: DueWindow,
  due: readonly Dispute[],
): Promise<number> {
  if (due.length === 0) return 0
  const named = due.map((dispute) => ({
    sale: {
      id: dispute.paymentId,
      subscriptionId: dispute.subscriptionId,
      invoiceId: dispute.invoiceId,
    },
    gatewayId: dispute.gatewayId,
    reference: dispute.gatewayReference,
  }))
  return deps.database.tx(
    async (tx) => {
      const states = await loadDisputeStates(tx, scope, named)
      const changes = emptyChangeSet()
      for (const state of oneOfEach(states)) {
        const decided = decide(deps, state, window)
        if (decided !== null) addChanges(changes, decided)
      }
      const missed = changes.changedDisputes.length
      if (missed === 0) return 0
      const nextId = () => deps.ids.next()
      await applyChanges(tx, scope, { changes, leaseUntil: leaseEnd(deps), nextId })
      return missed
    },
    { retry: true },
  )
}

/** Null when it was answered, or has ended, in time. */
function decide(
  deps: BillingDeps,
  { dispute, ...state }: DisputeState,
  window: DueWindow,
): ChangeSet | null {
  if (dispute === null) return null
  const at = decidedAt(window, dispute.nextDueAt)
  return decideMissedDeadline({ ...state, dispute }, at, toolsOf(deps))
}

/** One of each payment and of each subscription: the next is decided on what it leaves. */
function oneOfEach(states: readonly DisputeState[]): readonly DisputeState[] {
  const taken = new Set<Uuid>()
  return states.filter(({ sale, billed }) => {
    const ids = [sale.id, ...billed.map(({ subscription }) => subscription.id)]
    const isFirst = !ids.some((id) => taken.has(id))
    for (const id of ids) taken.add(id)
    return isFirst
  })
}
