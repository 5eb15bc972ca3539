import type { Uuid } from '@perennial/core/ids'
import { continueOutside } from '@perennial/core/recovery'
import { addDays, addMs, maxInstant, type Instant } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import { eachConcurrently } from '../../../platform/loop/index.ts'
import { recheckBills } from '../connectors/recheck-bills.ts'
import { describeCard } from './charge-outside.ts'
import { warnOfExpiry } from './expiry/warn-of-expiry.ts'
import { loadView } from './load-view.ts'
import type { OutsideDeps } from './outside-deps.ts'
import { claimLostAttempts, claimPendingAttempts } from './queries/attempts.ts'
import { claimDueRecoveries } from './queries/recoveries.ts'
import { tokensOf, toRecovery, type OutsideAttempt, type StoredRecovery } from './rows.ts'
import { recoverAttempt, runAttempts } from './run-attempts.ts'
import { clientOf, writeSteps, type DecidedStep } from './settle-outside.ts'

/** What is due until `until` is decided at its own time, or all of it then. */
export type OutsideWindow = { readonly until: Instant; readonly decideAt: 'due' | 'until' }

/** Recoveries of outside billers decided together at most. */
const BATCH_MAX = 200
const CHARGES_AT_ONCE = 16

/** Every recovery of an outside biller whose time has come: how many there were. */
export async function runDueOutside(
  deps: OutsideDeps,
  accountId: Uuid,
  given: { readonly window: OutsideWindow; readonly signal: AbortSignal },
): Promise<number> {
  const { window, signal } = given
  let count = await askPending(deps, accountId, window)
  count += await warnOfExpiry(deps, accountId, { until: window.until, signal })
  while (!signal.aborted) {
    const limit = Math.min(deps.batchSize, BATCH_MAX)
    const openIds = await recheckBills(deps, accountId, { until: window.until, limit })
    const due = { accountId, window, limit, openIds }
    const batch = await deps.database.tx((tx) => decideDue(deps, tx, due))
    count += batch.claimed
    await eachConcurrently(batch.attempts, CHARGES_AT_ONCE, async (attempt) => {
      const at = (later: OutsideAttempt): Instant => later.createdAt
      await describeCard(deps, attempt)
      await runAttempts(deps, attempt, { at, isPresent: false })
    })
    if (batch.claimed === 0) break
  }
  return count
}

async function decideDue(
  deps: OutsideDeps,
  tx: Tx,
  given: {
    readonly accountId: Uuid
    readonly window: OutsideWindow
    readonly limit: number
    /** Recoveries whose bills a platform has just called open. */
    readonly openIds: readonly Uuid[]
  },
): Promise<{ readonly claimed: number; readonly attempts: readonly OutsideAttempt[] }> {
  const { accountId, window, limit, openIds } = given
  const rows = await claimDueRecoveries(tx, accountId, { until: window.until, limit, openIds })
  const groups = Map.groupBy(rows, (row) => `${row.client_id} ${row.gateway_id}`)
  const decided: DecidedStep[] = []
  for (const group of groups.values())
    decided.push(...(await decideGroup(deps, tx, { group, window })))
  return { claimed: rows.length, attempts: await writeSteps(deps, tx, decided) }
}

/** Those of one client at one gateway: what they are decided by is read once. */
async function decideGroup(
  deps: OutsideDeps,
  tx: Tx,
  given: { readonly group: readonly StoredRecovery[]; readonly window: OutsideWindow },
): Promise<DecidedStep[]> {
  const { group, window } = given
  const [first] = group
  const gatewayId = first?.gateway_id ?? null
  if (first === undefined || gatewayId === null) return []
  const client = await clientOf(tx, { accountId: first.account_id, id: first.client_id })
  const tokens = group.flatMap((row) => tokensOf(toRecovery(row)))
  const of = { client, gatewayId, tokens, bin: null, now: window.until }
  const view = await loadView(deps, tx, of)
  return group.map((row) => {
    const now = window.decideAt === 'due' ? (row.next_attempt_at ?? window.until) : window.until
    return { row, client, gatewayId, step: continueOutside(toRecovery(row), { ...view, now }) }
  })
}

/** Charges whose answer got lost: asked for, never repeated. How many were asked about. */
export async function resolveLostOutside(
  deps: OutsideDeps,
  accountId: Uuid,
  given: { readonly window: OutsideWindow; readonly signal: AbortSignal },
): Promise<number> {
  const realNow = deps.clock.now()
  const leaseUntil = addMs(realNow, deps.leaseMs)
  let count = 0
  while (!given.signal.aborted) {
    const lost = await deps.database.statement((tx) =>
      claimLostAttempts(tx, accountId, { realNow, leaseUntil, limit: BATCH_MAX }),
    )
    if (lost.length === 0) break
    count += lost.length
    const at = (attempt: OutsideAttempt): Instant => settledAt(attempt, given.window)
    await eachConcurrently(lost, CHARGES_AT_ONCE, async (attempt) => {
      await recoverAttempt(deps, attempt, { at })
    })
  }
  return count
}

async function askPending(
  deps: OutsideDeps,
  accountId: Uuid,
  window: OutsideWindow,
): Promise<number> {
  const given = {
    until: window.until,
    checkAgainAt: addDays(window.until, 1),
    limit: BATCH_MAX,
  }
  const slow = await deps.database.statement((tx) => claimPendingAttempts(tx, accountId, given))
  const at = (attempt: OutsideAttempt): Instant => settledAt(attempt, window)
  await eachConcurrently(slow, CHARGES_AT_ONCE, async (attempt) => {
    await recoverAttempt(deps, { ...attempt, createdAt: window.until }, { at })
  })
  return slow.length
}

function settledAt(attempt: OutsideAttempt, window: OutsideWindow): Instant {
  return window.decideAt === 'due' ? attempt.createdAt : maxInstant(attempt.createdAt, window.until)
}
