import type { DueWindow } from '../work/due-window.ts'
import type { BillingDeps, BillingScope } from '../scope.ts'
import { pullNotices } from './pull-notices.ts'
import { runNotices } from './run-notices.ts'

/** Where time runs by itself, gateways that have to be asked are asked this often. */
const ASK_AGAIN_MS = 5 * 60_000

/** Everything that gateways have told, or would tell if they were asked, up to the end of the window. */
export async function hearNotices(
  deps: BillingDeps,
  scope: BillingScope,
  window: DueWindow,
  signal: AbortSignal,
): Promise<number> {
  const { until, decideAt } = window
  const kept = await runNotices(deps, scope, until, signal)
  const askAgainMs = decideAt === 'due' ? null : ASK_AGAIN_MS
  return kept + (await pullNotices(deps, scope, { at: until, dueBy: until, askAgainMs }))
}
