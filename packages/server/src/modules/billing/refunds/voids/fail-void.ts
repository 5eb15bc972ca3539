import { decideVoidFailed } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { listTransfers } from '../../../ledger/index.ts'
import { applyChanges } from '../../apply/apply-changes.ts'
import type { NoticeVerdict } from '../../notice-verdict.ts'
import { leaseEnd, toolsOf, type BillingDeps, type BillingScope } from '../../scope.ts'
import { lockVoidState } from './lock-void-state.ts'

/** A void that had succeeded has failed after all: the payment stands again, once no other charge of its bill is under way. */
export async function failVoid(
  deps: BillingDeps,
  scope: BillingScope,
  told: {
    readonly id: Uuid
    readonly failure: { readonly code: string; readonly message: string | null }
  },
  at: Instant,
): Promise<NoticeVerdict> {
  const { accountId } = scope
  return deps.database.tx(
    async (tx) => {
      const state = await lockVoidState(tx, accountId, told.id)
      const reversed = await listTransfers(tx, { accountId, kind: 'void', id: told.id })
      const { code, message } = told.failure
      const tools = toolsOf(deps)
      const decided = decideVoidFailed({ ...state, reversed }, { code, message }, at, tools)
      if (decided.result === 'waiting') return { kind: 'waits', reason: BEING_PAID }
      if (decided.result === 'contradicted')
        return { kind: 'unmatched', reason: KEPT, isWorrying: true }
      if (decided.result === 'ignored') return { kind: 'ignored', reason: 'it failed before' }
      const { changes } = decided
      await applyChanges(tx, scope, { changes, leaseUntil: leaseEnd(deps), nextId: tools.nextId })
      return { kind: 'applied' }
    },
    { retry: true },
  )
}

const BEING_PAID =
  'the gateway kept money of a payment that is booked as called off, and another charge of its bill is under way'

const KEPT =
  'the gateway kept money of a payment that is booked as called off, and the invoice is settled otherwise: refund it there'
