import { assert } from '@perennial/core/fault'
import { cancelOutside, postponeOutside, type OutsideDue } from '@perennial/core/recovery'
import type { Uuid } from '@perennial/core/ids'
import { addMs, type Instant } from '@perennial/core/time'
import { eachConcurrently } from '../../../platform/loop/index.ts'
import type { OutsideDeps } from '../outside/outside-deps.ts'
import { lockRecovery } from '../outside/queries/recoveries.ts'
import { toRecovery } from '../outside/rows.ts'
import { clientOf, writeSteps } from '../outside/settle-outside.ts'
import { LATER, type BillHeard, type DueByRecovery } from './ask-bill.ts'
import { askBills } from './ask-bills.ts'
import { listDueBills, type AskedBill } from './queries/bills.ts'

const AT_ONCE = 8

/**
 * Asks the platforms what is due on the bills of recoveries whose time has come. Those that are open may be charged: they come
 * back with what is still due. Paid ones end; where nobody answers, or a payment is on its way, the try is put off.
 */
export async function recheckBills(
  deps: OutsideDeps,
  accountId: Uuid,
  given: { readonly until: Instant; readonly limit: number },
): Promise<DueByRecovery> {
  const due = await deps.database.statement((tx) => listDueBills(tx, accountId, given))
  const bills = await askBills(deps, due)
  const open = new Map<Uuid, OutsideDue>()
  await eachConcurrently(due, AT_ONCE, async (row) => {
    const bill = bills.get(row.recovery_id)
    assert(bill !== undefined, 'what was asked for has an answer')
    if (bill.kind === 'due') open.set(row.recovery_id, bill.due)
    else await setAside(deps, row, { bill, now: given.until })
  })
  return open
}

async function setAside(
  deps: OutsideDeps,
  { account_id: accountId, recovery_id: id }: AskedBill,
  given: { readonly bill: Exclude<BillHeard, { kind: 'due' }>; readonly now: Instant },
): Promise<void> {
  const { bill, now } = given
  await deps.database.tx(async (tx) => {
    const row = await lockRecovery(tx, { accountId, id })
    if (row === null || row.next_attempt_at === null || row.gateway_id === null) return
    const at = row.next_attempt_at > now ? now : row.next_attempt_at
    const open = toRecovery(row)
    const recovery =
      bill.kind === 'over'
        ? cancelOutside(open, { reason: bill.reason, at })
        : postponeOutside(open, {
            reason: LATER[bill.kind].reason,
            at: now,
            until: addMs(now, LATER[bill.kind].afterMs),
          })
    const client = await clientOf(tx, { accountId, id: row.client_id })
    const step = { recovery, isAttempting: false }
    await writeSteps(deps, tx, [{ row, client, gatewayId: row.gateway_id, step }])
  })
}
