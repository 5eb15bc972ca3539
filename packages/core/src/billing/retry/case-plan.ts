import { isOpen } from '../../invoices/index.ts'
import { excuseRetries } from '../../recovery/index.ts'
import type { Instant } from '../../time/index.ts'
import { emptyChangeSet, type ChangeSet } from '../state/change-set.ts'
import { isRecycling } from '../recycling/terms.ts'
import type { RetryState } from '../state/billed-state.ts'
import { planTry } from './salvage-try.ts'

/**
 * The next step of a case that was just opened, or has moved on. One whose try is under way, or whose bill is settled
 * meanwhile, has none to plan.
 */
export function decideCasePlan(state: RetryState, at: Instant): ChangeSet {
  const changes = emptyChangeSet()
  const { invoice, billed } = state
  const found = billed.openCases.find((open) => open.invoiceId === invoice.id)
  if (found === undefined || found.planAt === null) return changes
  const own = excuseRetries(found, state.view.tries)
  const isWaiting = own.nextAttemptAt !== null && isOpen(invoice.status)
  // Recycled bills have runs of their own.
  if (!isWaiting || isRecycling(billed)) {
    changes.changedCases.push({ ...own, planAt: null })
    return changes
  }
  const { recovery, decision } = planTry(state, own, at)
  changes.changedCases.push(recovery)
  changes.newCaseDecisions.push({ ...decision, caseId: own.id })
  return changes
}
