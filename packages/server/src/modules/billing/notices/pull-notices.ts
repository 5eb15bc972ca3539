import { messageOf } from '@perennial/core/fault'
import type { GatewayPort, NoticesPage } from '@perennial/core/payments'
import { addMs, minInstant, type Instant } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import {
  insertNotices,
  listAskedGateways,
  saveNoticeCursor,
  type AskedGateway,
  type StoredNotice,
} from '../../payments/notices/index.ts'
import type { BillingDeps, BillingScope } from '../scope.ts'
import { applyNotices } from './apply-notice.ts'
import { countsFrom } from './run-notices.ts'

/** A page has a hundred; more than this in one go is a gateway that repeats itself. */
const PAGES_MAX = 1_000

/**
 * Asks the gateways that live on the account's time what they have to tell by `at`, and applies it in the order in which
 * it fell due, over all of them. `dueBy`: only those that said that they would have something by then; null = all.
 * `askAgainMs`: where time runs by itself, ask again that much later at the latest.
 */
export async function pullNotices(
  deps: BillingDeps,
  scope: BillingScope,
  given: Asking & { readonly dueBy: Instant | null },
): Promise<number> {
  const asked = await deps.database.statement((tx) =>
    listAskedGateways(tx, scope.accountId, given.dueBy),
  )
  const told = await Promise.all(asked.map((gateway) => pullFrom(deps, scope, gateway, given)))
  const inOrder = told.flat().toSorted((a, b) => a.notice.at - b.notice.at)
  return applyNotices(deps, scope, inOrder, countsFrom(given.at))
}

type Asking = { readonly at: Instant; readonly askAgainMs: number | null }

async function pullFrom(
  deps: BillingDeps,
  scope: BillingScope,
  gateway: AskedGateway,
  { at, askAgainMs }: Asking,
): Promise<StoredNotice[]> {
  const { accountId } = scope
  const { gatewayId } = gateway
  const { port } = await deps.gateways.portOf(accountId, gatewayId)
  const askedInVain = askAgainMs === null ? null : addMs(at, askAgainMs)
  const save = (tx: Tx, cursor: string | null, dueAt: Instant | null) =>
    saveNoticeCursor(tx, { accountId, gatewayId, cursor, dueAt })
  if (port.listNotices === undefined) {
    await deps.database.statement((tx) => save(tx, gateway.cursor, null))
    return []
  }
  const kept: StoredNotice[] = []
  let after = gateway.cursor
  for (let pages = 0; pages < PAGES_MAX; pages += 1) {
    const page = await ask(deps, { port, gatewayId }, { accountId, after, at })
    if (page === null) {
      const cursor = after
      await deps.database.statement((tx) => save(tx, cursor, askedInVain))
      return kept
    }
    const cursor = page.next
    const dueAt = page.hasMore ? at : nextAsk(page, at, askAgainMs)
    const isAsBefore = cursor !== null && cursor === gateway.cursor && dueAt === gateway.dueAt
    if (page.notices.length === 0 && isAsBefore) return kept
    const stored = await deps.database.tx(async (tx) => {
      await save(tx, cursor, dueAt)
      return insertNotices(tx, {
        accountId,
        gatewayId,
        source: 'pull',
        notices: page.notices,
        nextId: () => deps.ids.next(),
        receivedAt: deps.clock.now(),
        leaseMs: deps.leaseMs,
      })
    })
    kept.push(...stored)
    if (!page.hasMore) return kept
    after = cursor
  }
  return kept
}

function nextAsk(page: NoticesPage, at: Instant, askAgainMs: number | null): Instant | null {
  if (askAgainMs === null) return page.nextDueAt
  const again = addMs(at, askAgainMs)
  return page.nextDueAt === null ? again : minInstant(page.nextDueAt, again)
}

/** A gateway that does not answer is asked another time; what it has to tell waits there. */
async function ask(
  deps: Pick<BillingDeps, 'log'>,
  gateway: { readonly port: GatewayPort; readonly gatewayId: string },
  query: Parameters<NonNullable<GatewayPort['listNotices']>>[0],
): Promise<NoticesPage | null> {
  try {
    return (await gateway.port.listNotices?.(query)) ?? null
  } catch (error) {
    const reason = messageOf(error)
    deps.log.warn({ gatewayId: gateway.gatewayId, reason }, 'a gateway told no notices')
    return null
  }
}
