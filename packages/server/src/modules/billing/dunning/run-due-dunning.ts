import type { DueWindow } from '../work/due-window.ts'
import type { BillingDeps, BillingScope } from '../scope.ts'
import { noticeCardsBatch } from './notice-cards.ts'
import { remindBatch } from './remind-invoices.ts'
import { runDunningBatch } from './run-dunning.ts'

/** How many things were looked at; 0 = nothing is left. */
type DueBatch = (deps: BillingDeps, scope: BillingScope, window: DueWindow) => Promise<number>

/** What customers are to hear of, in this order: none needs another. */
export const DUE_DUNNING: readonly DueBatch[] = [runDunningBatch, remindBatch, noticeCardsBatch]

/** Everything of one sort that is due by now, batch after batch. Returns how many things were looked at. */
export async function runDueDunning(
  deps: BillingDeps,
  scope: BillingScope,
  window: DueWindow,
  { batch, signal }: { readonly batch: DueBatch; readonly signal: AbortSignal },
): Promise<number> {
  let done = 0
  let taken = 1
  while (taken > 0 && !signal.aborted) {
    taken = await batch(deps, scope, window)
    done += taken
  }
  return done
}
