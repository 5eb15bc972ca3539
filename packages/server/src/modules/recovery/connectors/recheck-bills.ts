import { cancelOutside, postponeOutside, type OutsideDue } from '@perennial/core/recovery'
import type { Uuid } from '@perennial/core/ids'
import { addMs, MS_PER_HOUR, type Instant } from '@perennial/core/time'
import { eachConcurrently } from '../../../platform/loop/index.ts'
import type { OutsideDeps } from '../outside/outside-deps.ts'
import { lockRecovery } from '../outside/queries/recoveries.ts'
import { toRecovery } from '../outside/rows.ts'
import { clientOf, writeSteps } from '../outside/settle-outside.ts'
import { askBill, BUSY, type BillNow, type DueByRecovery } from './ask-bill.ts'
import { listDueBills, type AskedBill, type DueBill } from './queries/bills.ts'
import { reachPlatform } from './reach-platform.ts'

const AT_ONCE = 8
/** A platform that was silent so often, and has told nothing, is asked for no more now: everything else of the account waits. */
const SILENCES_MAX = 8
/** When a bill is asked for again that cannot be charged now, and why not. */
const LATER = {
  silent: {
    afterMs: MS_PER_HOUR,
    reason: 'The billing platform could not be asked whether the bill is still open.',
  },
  busy: BUSY,
} as const

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
  const open = new Map<Uuid, OutsideDue>()
  const heard = new Map<Uuid, { answers: number; silences: number }>()
  await eachConcurrently(due, AT_ONCE, async (row) => {
    const known = heard.get(row.connector_id) ?? { answers: 0, silences: 0 }
    heard.set(row.connector_id, known)
    const isDead = known.answers === 0 && known.silences >= SILENCES_MAX
    const bill: BillNow | Silence = isDead ? { kind: 'silent' } : await readBill(deps, row)
    if (bill.kind === 'silent') known.silences += 1
    else known.answers += 1
    if (bill.kind === 'due') open.set(row.recovery_id, bill.due)
    else await setAside(deps, row, { bill, now: given.until })
  })
  return open
}

type Silence = { readonly kind: 'silent' }

async function readBill(deps: OutsideDeps, row: DueBill): Promise<BillNow | Silence> {
  const reached = reachPlatform(deps, {
    connectorId: row.connector_id,
    platform: row.platform,
    credentialsSealed: row.credentials_sealed,
    environment: row.environment,
  })
  try {
    return await askBill(reached, row)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    deps.log.warn({ accountId: row.account_id, connectorId: row.connector_id, reason }, 'bill not read') // prettier-ignore
    return { kind: 'silent' }
  }
}

async function setAside(
  deps: OutsideDeps,
  { account_id: accountId, recovery_id: id }: AskedBill,
  given: { readonly bill: Exclude<BillNow, { kind: 'due' }> | Silence; readonly now: Instant },
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
