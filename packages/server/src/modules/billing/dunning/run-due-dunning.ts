import type { DueWindow } from '../work/due-window.ts'
import type { BillingDeps, BillingScope } from '../scope.ts'
import { noticeCardsBatch } from './notice-cards.ts'
import { remindBatch } from './remind-invoices.ts'
import { runDunningBatch } from './run-dunning.ts'

/** Everything that customers are to hear of by now, batch after batch. Returns how many things were looked at. */
export async function runDueDunning(
  deps: BillingDeps,
  scope: BillingScope,
  window: DueWindow,
  signal: AbortSignal,
): Promise<number> {
  let done = 0
  for (const batch of [runDunningBatch, remindBatch, noticeCardsBatch]) {
    let taken = 1
    while (taken > 0 && !signal.aborted) {
      taken = await batch(deps, scope, window)
      done += taken
    }
  }
  return done
}
