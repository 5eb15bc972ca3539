import type { Uuid } from '@perennial/core/ids'
import { setAsideTransfers } from '@perennial/core/payments'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { insertTransfers } from '../../ledger/index.ts'
import {
  closeDifference,
  findDifference,
  lockLine,
  setLineAside,
  type DifferenceRow,
  type Line,
} from '../../payments/reconciliation/index.ts'
import type { BillingDeps } from '../scope.ts'

export type ResolveRefusal = 'difference_not_found'

/**
 * A person has looked at a difference. What the gateway moved and nothing of ours stands behind is booked to suspense, so that the
 * payout that carries it leaves nothing in the clearing. A resolved one stays as it is.
 */
export function resolveDifference(
  deps: Pick<BillingDeps, 'ids'>,
  context: CommandContext,
  { id, note }: { readonly id: Uuid; readonly note: string },
): Promise<Decision<DifferenceRow, ResolveRefusal>> {
  const { accountId, now: at } = context
  return context.inTx(async (tx) => {
    const found = await findDifference(tx, accountId, id)
    if (found === null) return refused('difference_not_found')
    const isMissingHere = found.kind === 'missing_here'
    if (isMissingHere) await lockLine(tx, { accountId, id: found.subject_id })
    const isClosed = await closeDifference(tx, { accountId, id, note, at })
    if (isClosed && isMissingHere) {
      const lines = await setLineAside(tx, { accountId, id: found.subject_id, at })
      const nextId = () => deps.ids.next()
      await bookSetAside(
        tx,
        { accountId, nextId },
        lines.map((line) => ({ ...line, at })),
      )
    }
    return accepted((await findDifference(tx, accountId, id)) ?? found)
  })
}

/** The postings of lines that have been set aside; each at its `at`. */
export function bookSetAside(
  tx: Tx,
  { accountId, nextId }: { readonly accountId: Uuid; readonly nextId: () => Uuid },
  lines: readonly Line[],
): Promise<void> {
  const transfers = lines.flatMap((line) => setAsideTransfers(line, nextId))
  return insertTransfers(tx, accountId, transfers)
}
