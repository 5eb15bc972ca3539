import {
  addChanges,
  decideCasePlan,
  emptyChangeSet,
  type ChangeSet,
  type RetryState,
} from '@perennial/core/billing'
import { messageOf } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import type { RecoveryCase } from '@perennial/core/recovery'
import { addDays, type Instant } from '@perennial/core/time'
import { findUnplannedCases, type DueCase } from '../../recovery/index.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import { decidedAt, type DueWindow } from '../work/due-window.ts'
import { leaseEnd, type BillingDeps, type BillingScope } from '../scope.ts'
import { loadRetries } from './load-retries.ts'

/**
 * Plans the next steps of cases that have just been opened or moved on. They have a day of the plain schedule already,
 * so nothing is lost when this comes late. Returns how many were planned.
 */
export async function planCasesBatch(
  deps: BillingDeps,
  scope: BillingScope,
  window: DueWindow,
): Promise<number> {
  return deps.database.tx(async (tx) => {
    const due = await findUnplannedCases(tx, scope.accountId, window.until, deps.batchSize)
    if (due.length === 0) return 0
    const states = await loadRetries(deps, tx, scope, {
      subscriptionIds: due.map((found) => found.subscriptionId),
      at: window.until,
    })
    const changes = emptyChangeSet()
    for (const found of due) {
      const state = states.get(found.invoiceId)
      const own = state?.billed.openCases.find((open) => open.id === found.id)
      if (state === undefined || own === undefined) continue
      if (own.planAt === null || own.planAt > window.until) continue
      addChanges(changes, planApart(deps, scope, { state, own, at: decidedAt(window, own.planAt) }))
    }
    const nextId = () => deps.ids.next()
    await applyChanges(tx, scope, { changes, leaseUntil: leaseEnd(deps), nextId })
    return changes.changedCases.length
  })
}

/** One whose decision faults keeps the day that it has, is planned a day later, and holds up no other. */
function planApart(
  deps: BillingDeps,
  { accountId }: BillingScope,
  of: { readonly state: RetryState; readonly own: RecoveryCase; readonly at: Instant },
): ChangeSet {
  const { state, own, at } = of
  try {
    return decideCasePlan(state, at)
  } catch (error) {
    const reason = messageOf(error)
    deps.log.error({ accountId, caseId: own.id, reason }, 'planning of a recovery put off')
    return { ...emptyChangeSet(), changedCases: [{ ...own, planAt: addDays(at, 1) }] }
  }
}

/** One case of each subscription: a batch decides each on what the one before it left. */
export function firstOfEach(due: readonly DueCase[]): DueCase[] {
  const seen = new Set<Uuid>()
  return due.filter(({ subscriptionId }) => {
    const isFirst = !seen.has(subscriptionId)
    seen.add(subscriptionId)
    return isFirst
  })
}
