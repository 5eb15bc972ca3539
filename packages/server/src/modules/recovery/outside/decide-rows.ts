import { assert } from '@perennial/core/fault'
import {
  decideInTurn,
  type OutsideRecovery,
  type OutsideStep,
  type OutsideView,
} from '@perennial/core/recovery'
import type { Instant } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import type { RecoveryClient } from './clients/client.ts'
import { loadView } from './load-view.ts'
import type { OutsideDeps } from './outside-deps.ts'
import { toRecovery, type StoredRecovery } from './rows.ts'
import type { DecidedStep } from './settle-outside.ts'

/**
 * Decides locked recoveries of one client together: what they are decided by is read once, and each sees what those before it
 * are about to charge. Their cards are locked (`lockCards`).
 */
export async function decideRows(
  deps: OutsideDeps,
  tx: Tx,
  of: {
    readonly client: RecoveryClient
    readonly rows: readonly StoredRecovery[]
    /** Every card that any of them may be charged to. */
    readonly tokens: readonly string[]
    readonly now: Instant
    /** Absent: nobody is there. */
    readonly isPresent?: boolean
    readonly decide: (recovery: OutsideRecovery, view: OutsideView) => OutsideStep
  },
): Promise<DecidedStep[]> {
  const { client, rows, tokens, now, isPresent = false, decide } = of
  if (rows.length === 0) return []
  const decided: DecidedStep[] = []
  for (const [gatewayId, group] of Map.groupBy(rows, (row) => row.gateway_id)) {
    assert(gatewayId !== null, 'what waits has a gateway')
    const view = await loadView(deps, tx, { client, gatewayId, tokens, now, isPresent })
    const steps = decideInTurn(group.map(toRecovery), view, decide)
    for (const [index, row] of group.entries()) {
      const step = steps[index]
      assert(step !== undefined, 'each recovery has its step')
      decided.push({ row, client, gatewayId, step })
    }
  }
  return decided
}
