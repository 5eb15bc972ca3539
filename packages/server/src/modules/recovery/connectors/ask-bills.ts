import { messageOf } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import { eachConcurrently } from '../../../platform/loop/index.ts'
import type { OutsideDeps } from '../outside/outside-deps.ts'
import { listWaitingOn } from '../outside/queries/recoveries.ts'
import { askBill, type BillHeard } from './ask-bill.ts'
import { listBillsOf, type DueBill } from './queries/bills.ts'
import { reachPlatform } from './reach-platform.ts'

const AT_ONCE = 8
/** A platform that was silent so often, and has told nothing, is asked for no more now: somebody waits for the answers. */
const SILENCES_MAX = 8

/** What platforms have told of bills, by their recoveries. */
export type BillsHeard = ReadonlyMap<Uuid, BillHeard>

/** Asks the platforms about bills of one account. To be called outside of any transaction. */
export async function askBills(deps: OutsideDeps, rows: readonly DueBill[]): Promise<BillsHeard> {
  const bills = new Map<Uuid, BillHeard>()
  const heard = new Map<Uuid, { answers: number; silences: number }>()
  await eachConcurrently(rows, AT_ONCE, async (row) => {
    const known = heard.get(row.connector_id) ?? { answers: 0, silences: 0 }
    heard.set(row.connector_id, known)
    const isDead = known.answers === 0 && known.silences >= SILENCES_MAX
    const bill: BillHeard = isDead ? { kind: 'silent' } : await readBill(deps, row)
    if (bill.kind === 'silent') known.silences += 1
    else known.answers += 1
    bills.set(row.recovery_id, bill)
  })
  return bills
}

/** Asks about the bills that wait on a card of a client; what was not handed over by a platform has none. */
export async function askBillsOfCard(
  deps: OutsideDeps,
  of: { readonly accountId: Uuid; readonly clientId: Uuid; readonly token: string },
): Promise<BillsHeard> {
  const { accountId } = of
  const rows = await deps.database.tx(
    async (tx) => {
      const waiting = await listWaitingOn(tx, of)
      const billed = waiting.filter((row) => row.connector_id !== null)
      const recoveryIds = billed.map(({ id }) => id)
      return recoveryIds.length === 0 ? [] : listBillsOf(tx, { accountId, recoveryIds })
    },
    { accountScope: accountId },
  )
  return askBills(deps, rows)
}

async function readBill(deps: OutsideDeps, row: DueBill): Promise<BillHeard> {
  const reached = reachPlatform(deps, {
    connectorId: row.connector_id,
    platform: row.platform,
    credentialsSealed: row.credentials_sealed,
    environment: row.environment,
  })
  try {
    return await askBill(reached, row)
  } catch (error) {
    const reason = messageOf(error)
    deps.log.warn({ accountId: row.account_id, connectorId: row.connector_id, reason }, 'bill not read') // prettier-ignore
    return { kind: 'silent' }
  }
}
