import {
  addChanges,
  decideMissedDeadline,
  emptyChangeSet,
  type ChangeSet,
  type DisputeState,
} from '@perennial/core/billing'
import type { Dispute } from '@perennial/core/disputes'
import { messageOf } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import { inHalves } from '../../../platform/db/index.ts'
import { findDueDisputes } from '../../disputes/index.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import { decidedAt, type DueWindow } from '../work/due-window.ts'
import { leaseEnd, toolsOf, type BillingDeps, type BillingScope } from '../scope.ts'
import { loadDisputeStates } from './load-dispute-states.ts'

/**
 * Disputes that nobody answered in time are lost, warnings are over; how many. A batch is decided together on its locked
 * states and written in one transaction. One that cannot be written is left to the log, and is due again the next time.
 */
export async function missDeadlines(
  deps: BillingDeps,
  scope: BillingScope,
  window: DueWindow,
): Promise<number> {
  const { accountId } = scope
  const { until } = window
  const left: Uuid[] = []
  let missed = 0
  for (;;) {
    const due = await deps.database.statement((tx) =>
      findDueDisputes(tx, accountId, { until, limit: deps.batchSize, except: left }),
    )
    const leftBefore = left.length
    const batch = await missApart(deps, scope, window, { due, left })
    missed += batch
    if (batch === 0 && left.length === leftBefore) return missed
  }
}

/** Those that cannot be written are added to `left`. */
async function missApart(
  deps: BillingDeps,
  scope: BillingScope,
  window: DueWindow,
  { due, left }: { readonly due: readonly Dispute[]; readonly left: Uuid[] },
): Promise<number> {
  try {
    return await missTogether(deps, scope, window, due)
  } catch (error) {
    const parts = await inHalves(
      { rows: due, error },
      {
        write: (half) => missTogether(deps, scope, window, half),
        setApart: async ({ id }, fault) => {
          const reason = messageOf(fault)
          deps.log.error({ accountId: scope.accountId, disputeId: id, reason }, 'deadline left')
          left.push(id)
          return 0
        },
      },
    )
    return parts.reduce((sum, part) => sum + part, 0)
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
