import type { Uuid } from '@perennial/core/ids'
import { nextUpdaterAsk } from '@perennial/core/recovery'
import type { Instant } from '@perennial/core/time'
import type { Tx } from '../../../../platform/db/index.ts'
import { eachConcurrently } from '../../../../platform/loop/index.ts'
import { describeCard } from '../charge-outside.ts'
import { dueAt, type OutsideWindow } from '../due-window.ts'
import type { OutsideDeps } from '../outside-deps.ts'
import { insertDeliveries } from '../queries/deliveries.ts'
import { toRecovery } from '../rows.ts'
import { clientOf } from '../settle-outside.ts'
import { cardUpdated, toDelivery } from '../webhooks/write-events.ts'
import { lockToAsk, setNextAsks, wakeRenewed } from './queries.ts'

type AskedCard = {
  readonly accountId: Uuid
  readonly clientId: Uuid
  readonly gatewayId: Uuid
  readonly token: string
  readonly at: Instant
}

const BATCH_MAX = 200
const ASKED_AT_ONCE = 16

/**
 * Cards that have to be replaced are looked at again at their gateways, where those renew cards: what waits for one that has other
 * data by now is due at once, and its client is told. An answer that gets lost is not asked for again before the next look.
 * Returns how many recoveries were looked at.
 */
export async function askUpdaters(
  deps: OutsideDeps,
  accountId: Uuid,
  given: { readonly window: OutsideWindow; readonly signal: AbortSignal },
): Promise<number> {
  // A gateway that does not answer is not waited for twice.
  const silent = new Set<Uuid>()
  let looked = 0
  while (!given.signal.aborted) {
    const of = { accountId, window: given.window }
    const claimed = await deps.database.tx((tx) => claimCards(tx, of))
    looked += claimed.looked
    await eachConcurrently(claimed.cards, ASKED_AT_ONCE, async (card) => {
      await askAbout(deps, card, silent)
    })
    if (claimed.looked < BATCH_MAX) break
  }
  return looked
}

async function claimCards(
  tx: Tx,
  { accountId, window }: { readonly accountId: Uuid; readonly window: OutsideWindow },
): Promise<{ readonly looked: number; readonly cards: readonly AskedCard[] }> {
  const rows = await lockToAsk(tx, accountId, { until: window.until, limit: BATCH_MAX })
  if (rows.length === 0) return { looked: 0, cards: [] }
  const asks = rows.map((row) => {
    const at = dueAt(row.updater_ask_at, window)
    const askAt = row.is_charged_there ? null : nextUpdaterAsk(toRecovery(row), at)
    return { id: row.id, askAt }
  })
  await setNextAsks(tx, accountId, asks)
  const cards = new Map<string, AskedCard>()
  for (const row of rows) {
    const { client_id: clientId, gateway_id: gatewayId, token } = row
    if (row.is_charged_there || gatewayId === null) continue
    const at = dueAt(row.updater_ask_at, window)
    cards.set(`${clientId} ${token}`, { accountId, clientId, gatewayId, token, at })
  }
  return { looked: rows.length, cards: [...cards.values()] }
}

async function askAbout(deps: OutsideDeps, card: AskedCard, silent: Set<Uuid>): Promise<void> {
  const { accountId, gatewayId, at } = card
  if (silent.has(gatewayId)) return
  const { port } = await deps.gateways.portOf(accountId, gatewayId)
  if (port.abilities.renewsCards !== true) return
  const isTold = await describeCard(deps, { ...card, createdAt: at })
  if (!isTold) silent.add(gatewayId)
  else await deps.database.tx((tx) => wake(deps, tx, card), { accountScope: accountId })
}

async function wake(deps: OutsideDeps, tx: Tx, card: AskedCard): Promise<void> {
  const { accountId, clientId, token, at } = card
  const [recoveryId] = await wakeRenewed(tx, card)
  if (recoveryId === undefined) return
  const client = await clientOf(tx, { accountId, id: clientId })
  const told = { oldToken: token, newToken: token, source: 'account_updater', at, recoveryId } as const // prettier-ignore
  await insertDeliveries(tx, [toDelivery(deps, { client, recoveryId, body: cardUpdated(told) })])
}
