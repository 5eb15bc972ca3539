import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
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
 * are about to charge, at whichever gateway. Their cards are locked (`lockCards`).
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
  const views = new Map<Uuid | null, OutsideView>()
  for (const gatewayId of new Set(rows.map((row) => row.gateway_id))) {
    assert(gatewayId !== null, 'what waits has a gateway')
    views.set(gatewayId, await loadView(deps, tx, { client, gatewayId, tokens, now, isPresent }))
  }
  const turns = rows.map((row) => {
    const view = views.get(row.gateway_id)
    assert(view !== undefined, 'each gateway has its view')
    return { recovery: toRecovery(row), view }
  })
  const steps = decideInTurn(turns, decide)
  return rows.map((row, index) => {
    const { gateway_id: gatewayId } = row
    const step = steps[index]
    assert(gatewayId !== null && step !== undefined, 'each recovery has its step')
    return { row, client, gatewayId, step }
  })
}
