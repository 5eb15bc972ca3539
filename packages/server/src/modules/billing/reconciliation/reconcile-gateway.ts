import type { Uuid } from '@perennial/core/ids'
import type { GatewayNotice, GatewayPort, MovementPage } from '@perennial/core/payments'
import { addDays, maxInstant, type Instant } from '@perennial/core/time'
import { DatabaseOutage, violatedConstraint, type Tx } from '../../../platform/db/index.ts'
import { insertNotices, type StoredNotice } from '../../payments/notices/index.ts'
import {
  compareBooks,
  finishReconciliation,
  listKnownRefunds,
  matchMovements,
  startReconciliation,
  sumPayouts,
  type ReconciliationCounts,
} from '../../payments/reconciliation/index.ts'
import { applyNotices } from '../notices/apply-notice.ts'
import { hasLostAnswers } from '../attempts/queries.ts'
import { resolveLostAnswers } from '../attempts/resolve-lost-answers.ts'
import { noWork } from '../work/work-done.ts'
import type { BillingDeps, BillingScope } from '../scope.ts'
import { bookMovements } from './book-movements.ts'

const NEVER = new AbortController().signal

export type Span = { readonly from: Instant; readonly until: Instant }

export type Reconciled = {
  readonly runId: Uuid
  readonly counts: ReconciliationCounts
  /** Why it could not be finished; null when it was. */
  readonly error: string | null
}

type Asked = {
  readonly gatewayId: Uuid
  readonly span: Span
  /** The account's time. */
  readonly at: Instant
  readonly onPage?: (movements: number) => void
}

/** Lines change for a while: a payout that carries one comes days after it. They are read again that long. */
const AGAIN_DAYS = 10
/** Of a thousand lines each; a gateway that lists more in one go repeats itself. */
const PAGES_MAX = 100_000

/**
 * Compares our books with a gateway's list of what moved there: reads it page by page, books fees and payouts, finds for
 * each line the thing of ours that it is about, and notes what differs. What only the list tells, such as a return, is
 * heard before lines are matched. Done again, it finds what it found before.
 */
export async function reconcileGateway(
  deps: BillingDeps,
  scope: BillingScope,
  asked: Asked,
): Promise<Reconciled> {
  const { accountId } = scope
  const { gatewayId, span, at } = asked
  const runId = deps.ids.next()
  const key = { accountId, id: runId }
  await deps.database.statement((tx) =>
    startReconciliation(tx, key, { ...span, gatewayId, at, source: 'list' }),
  )
  let counts: ReconciliationCounts = { movements: 0, matched: 0, opened: 0, resolved: 0 }
  let error: string | null = null
  try {
    // What nobody knows the end of is asked for first, or it would look like a difference.
    if (await hasLostAnswers(deps.database.kysely, accountId, deps.clock.now())) {
      const window = { until: at, decideAt: 'until' } as const
      const settings = { done: noWork(), signal: NEVER }
      await resolveLostAnswers(deps, { ...scope, runId: null }, window, settings)
    }
    const movements = await readMovements(deps, scope, { ...asked, runId })
    counts = { ...counts, movements }
    counts = { ...counts, ...(await compare(deps, scope, { ...asked, runId })) }
  } catch (cause) {
    if (cause instanceof DatabaseOutage) throw cause
    // Somebody compares the same gateway by hand: what differs is noted once, by whoever was first.
    const isTwice = violatedConstraint(cause) === 'reconciliation_differences_once'
    error = isTwice
      ? 'the same gateway was being compared elsewhere'
      : cause instanceof Error
        ? cause.message
        : String(cause)
    deps.log.error({ accountId, gatewayId, error }, 'reconciliation failed')
  }
  await deps.database.statement((tx) => finishReconciliation(tx, key, { counts, error, at }))
  return { runId, counts, error }
}

async function readMovements(
  deps: BillingDeps,
  scope: BillingScope,
  asked: Asked & { readonly runId: Uuid },
): Promise<number> {
  const { accountId } = scope
  const { gatewayId, span, at } = asked
  const { port } = await deps.gateways.portOf(accountId, gatewayId)
  const query = { accountId, from: addDays(span.from, -AGAIN_DAYS), until: span.until, at }
  let cursor: string | null = null
  let read = 0
  const told: StoredNotice[] = []
  for (let pages = 0; pages < PAGES_MAX; pages += 1) {
    const page: MovementPage = await listPage(port, { ...query, cursor })
    const kept = await keepPage(deps, scope, asked, page)
    read += kept.lines
    told.push(...kept.told)
    asked.onPage?.(read)
    if (page.nextCursor === null) break
    cursor = page.nextCursor
  }
  await applyNotices(deps, scope, told, () => at)
  return read
}

function listPage(
  port: GatewayPort,
  query: Parameters<GatewayPort['listMovements']>[0],
): Promise<MovementPage> {
  return port.listMovements(query)
}

/** A page, its postings and what its lines tell, in one transaction. How many lines were new, and what was not told before. */
async function keepPage(
  deps: BillingDeps,
  scope: BillingScope,
  asked: Asked & { readonly runId: Uuid },
  { movements }: MovementPage,
): Promise<{ readonly lines: number; readonly told: readonly StoredNotice[] }> {
  const { accountId } = scope
  const { gatewayId, runId, at } = asked
  const nextId = () => deps.ids.next()
  return deps.database.tx(
    async (tx) => {
      const page = { accountId, gatewayId, runId, movements, nextId, at }
      const lines = await bookMovements(tx, page)
      const notices = await listToldHere(tx, { accountId, gatewayId, movements, at })
      const receivedAt = deps.clock.now()
      const { leaseMs } = deps
      const source = 'pull' as const
      const heard = { accountId, gatewayId, source, notices, nextId, receivedAt, leaseMs }
      return { lines, told: await insertNotices(tx, heard) }
    },
    { retry: true },
  )
}

/** What the lines tell, but for refunds that are ours: what becomes of those is asked for. */
async function listToldHere(
  tx: Tx,
  page: Pick<MovementPage, 'movements'> & {
    readonly accountId: Uuid
    readonly gatewayId: Uuid
    readonly at: Instant
  },
): Promise<GatewayNotice[]> {
  const told = page.movements.flatMap(({ notice }) => notice ?? [])
  const refunds = told.filter((notice) => notice.kind === 'refund')
  const known = await listKnownRefunds(tx, page, refunds)
  return told
    .filter((notice) => notice.kind !== 'refund' || !known.has(notice.refundReference))
    .map((notice) => ({ ...notice, at: page.at }))
}

async function compare(
  deps: BillingDeps,
  scope: BillingScope,
  asked: Asked & { readonly runId: Uuid },
): Promise<Pick<ReconciliationCounts, 'matched' | 'opened' | 'resolved'>> {
  const { accountId } = scope
  const { gatewayId, runId, span, at } = asked
  const { port } = await deps.gateways.portOf(accountId, gatewayId)
  const isWithoutDisputes = port.abilities.disputesUnlisted === true
  return deps.database.tx(
    async (tx) => {
      const of = { accountId, gatewayId }
      const matched = await matchMovements(tx, { ...of, from: span.from })
      const readFrom = addDays(span.from, -AGAIN_DAYS)
      await sumPayouts(tx, { ...of, from: readFrom })
      const books = { ...of, ...span, readFrom, isWithoutDisputes }
      const compared = { ...books, runId, at: maxInstant(at, span.until) }
      return { matched, ...(await compareBooks(tx, compared, () => deps.ids.next())) }
    },
    { retry: true },
  )
}
