import type { Uuid } from '@perennial/core/ids'
import {
  continueOutside,
  withDue,
  type OutsideRecovery,
  type OutsideView,
} from '@perennial/core/recovery'
import { addDays, addMs, maxInstant, type Instant } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import { eachConcurrently } from '../../../platform/loop/index.ts'
import type { DueByRecovery } from '../connectors/ask-bill.ts'
import { recheckBills } from '../connectors/recheck-bills.ts'
import { describeCard } from './charge-outside.ts'
import { decideRows } from './decide-rows.ts'
import { dueAt, type OutsideWindow } from './due-window.ts'
import { warnOfExpiry } from './expiry/warn-of-expiry.ts'
import { unlessBroken } from '../learning/learn-attempts.ts'
import { learnOutside } from './learn-outside.ts'
import { cardsOf, lockCards } from './lock-cards.ts'
import type { OutsideDeps } from './outside-deps.ts'
import { claimLostAttempts, claimPendingAttempts } from './queries/attempts.ts'
import { claimDueRecoveries, hasDueRecoveries, listDueUndescribed } from './queries/recoveries.ts'
import { tokensOf, toRecovery, type OutsideAttempt } from './rows.ts'
import { recoverAttempt, runAttempts } from './run-attempts.ts'
import { clientOf, writeSteps } from './settle-outside.ts'
import { askUpdaters } from './updater/ask-updaters.ts'

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
  count += await askUpdaters(deps, accountId, given)
  await learnBeforeDue(deps, { accountId, at: window.until })
  while (!signal.aborted) {
    const limit = Math.min(deps.batchSize, BATCH_MAX)
    const bills = await recheckBills(deps, accountId, { until: window.until, limit })
    const described = await describeDue(deps, accountId, { until: window.until, limit })
    const due = { accountId, window, limit, bills }
    const batch = await deps.database.tx((tx) => decideDue(deps, tx, due))
    count += batch.claimed
    await eachConcurrently(batch.attempts, CHARGES_AT_ONCE, async (attempt) => {
      const at = (later: OutsideAttempt): Instant => later.createdAt
      if (!described.has(cardKey(attempt))) await describeCard(deps, attempt)
      await runAttempts(deps, attempt, { at, isPresent: false, isDescribed: true })
    })
    if (batch.claimed === 0) break
  }
  return count
}

/** What charges have taught since the last time is learned only where somebody is about to ask for it. */
async function learnBeforeDue(
  deps: OutsideDeps,
  of: { readonly accountId: Uuid; readonly at: Instant },
): Promise<void> {
  const { accountId, at } = of
  const isAsked = await deps.database.statement((tx) => hasDueRecoveries(tx, accountId, at))
  if (isAsked) await unlessBroken(deps, accountId, learnOutside(deps, of))
}

/**
 * A payment that was planned when it was handed over was planned before its gateway was asked about the card: what is planned
 * anew now is planned by what it tells. Which cards were asked about.
 */
async function describeDue(
  deps: OutsideDeps,
  accountId: Uuid,
  given: { readonly until: Instant; readonly limit: number },
): Promise<ReadonlySet<string>> {
  const cards = await deps.database.statement((tx) => listDueUndescribed(tx, accountId, given))
  const byKey = new Map(cards.map((card) => [cardKey(card), card]))
  await eachConcurrently([...byKey.values()], CHARGES_AT_ONCE, async (card) => {
    await describeCard(deps, { ...card, accountId, createdAt: given.until })
  })
  return new Set(byKey.keys())
}

function cardKey({ clientId, token }: Pick<OutsideAttempt, 'clientId' | 'token'>): string {
  return `${clientId} ${token}`
}

async function decideDue(
  deps: OutsideDeps,
  tx: Tx,
  given: {
    readonly accountId: Uuid
    readonly window: OutsideWindow
    readonly limit: number
    /** What platforms have just called due on the bills of recoveries. */
    readonly bills: DueByRecovery
  },
): Promise<{ readonly claimed: number; readonly attempts: readonly OutsideAttempt[] }> {
  const { accountId, window, limit, bills } = given
  const openIds = [...bills.keys()]
  const rows = await claimDueRecoveries(tx, accountId, { until: window.until, limit, openIds })
  await lockCards(
    tx,
    accountId,
    rows.flatMap((row) => cardsOf(row, tokensOf(toRecovery(row)))),
  )
  const attempts: OutsideAttempt[] = []
  for (const [clientId, group] of Map.groupBy(rows, (row) => row.client_id)) {
    const client = await clientOf(tx, { accountId, id: clientId })
    const tokens = group.flatMap((row) => tokensOf(toRecovery(row)))
    const decide = (recovery: OutsideRecovery, view: OutsideView) => {
      const due = bills.get(recovery.id)
      const owed = due === undefined ? recovery : withDue(recovery, due)
      return continueOutside(owed, { ...view, now: dueAt(recovery.nextAttemptAt, window) })
    }
    const of = { client, rows: group, tokens, now: window.until, decide }
    const decided = await decideRows(deps, tx, of)
    const dated = decided.map((one) => ({ ...one, at: dueAt(one.row.next_attempt_at, window) }))
    // Before the next client's are decided: they may be of the same card.
    attempts.push(...(await writeSteps(deps, tx, dated)))
  }
  return { claimed: rows.length, attempts }
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
