import { decideMissedDeadline } from '@perennial/core/billing'
import { findDispute, findDueDisputes } from '../../disputes/index.ts'
import { findSaleOf } from '../../payments/index.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import { decidedAt, type DueWindow } from '../work/due-window.ts'
import { leaseEnd, toolsOf, type BillingDeps, type BillingScope } from '../scope.ts'
import { loadDisputeState } from './load-dispute-state.ts'

const BATCH_MAX = 100

/** Disputes that nobody answered in time are lost, warnings are over; how many. Each is decided on its locked state. */
export async function missDeadlines(
  deps: BillingDeps,
  scope: BillingScope,
  window: DueWindow,
): Promise<number> {
  const { accountId } = scope
  const due = await deps.database.statement((tx) =>
    findDueDisputes(tx, accountId, window.until, BATCH_MAX),
  )
  let missed = 0
  for (const { id, dueAt } of due) {
    const at = decidedAt(window, dueAt)
    missed += await deps.database.tx(
      async (tx) => {
        const found = await findDispute(tx, accountId, id)
        if (found === null) return 0
        const { gatewayId, gatewayReference: reference } = found
        const charge = { accountId, gatewayId, reference: found.chargeReference }
        const sale = await findSaleOf(tx, charge)
        if (sale === null) return 0
        const state = await loadDisputeState(tx, scope, { sale, gatewayId, reference })
        const { dispute } = state
        const changes =
          dispute === null ? null : decideMissedDeadline({ ...state, dispute }, at, toolsOf(deps))
        if (changes === null) return 0
        const nextId = () => deps.ids.next()
        await applyChanges(tx, scope, { changes, leaseUntil: leaseEnd(deps), nextId })
        return 1
      },
      { retry: true },
    )
  }
  return missed
}
