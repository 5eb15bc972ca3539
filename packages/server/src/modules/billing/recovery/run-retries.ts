import {
  addChanges,
  cardsInTurn,
  cardsOfRetries,
  decideRetryInTurn,
  emptyChangeSet,
  type CardsInTurn,
  type ChangeSet,
  type RetryState,
} from '@perennial/core/billing'
import { messageOf } from '@perennial/core/fault'
import type { PaymentAttempt } from '@perennial/core/payments'
import type { RecoveryCase } from '@perennial/core/recovery'
import { addDays, minInstant, type Instant } from '@perennial/core/time'
import { findDueCases, findExtraTries } from '../../recovery/index.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import { loadRetries } from './load-retries.ts'
import { firstOfEach } from './plan-cases.ts'
import { decidedAt, type DueWindow } from '../work/due-window.ts'
import { leaseEnd, toolsOf, type BillingDeps, type BillingScope } from '../scope.ts'

export type RetryBatch = {
  readonly claimed: number
  readonly attempts: readonly PaymentAttempt[]
  /** Something is left due, because only charges of its card that are not answered yet stand against it. */
  readonly isAnyWaiting: boolean
}

/**
 * The next step of recovery cases that are due, one case a subscription and batch. What another worker holds
 * is left to it; each case is decided again under its subscription's lock, with the card networks' guard asked anew.
 * `onlyExtra`: nothing but tries of new cards beside the schedule.
 */
export async function runRetryBatch(
  deps: BillingDeps,
  scope: BillingScope,
  window: DueWindow,
  { onlyExtra }: { readonly onlyExtra: boolean } = { onlyExtra: false },
): Promise<RetryBatch> {
  const find = onlyExtra ? findExtraTries : findDueCases
  return deps.database.tx(
    async (tx) => {
      const due = await find(tx, scope.accountId, window.until, deps.batchSize)
      if (due.length === 0) return { claimed: 0, attempts: [], isAnyWaiting: false }
      const states = await loadRetries(deps, tx, scope, {
        subscriptionIds: due.map((found) => found.subscriptionId),
        at: window.until,
      })
      const changes = emptyChangeSet()
      const cards = cardsInTurn(cardsOfRetries(states.values()))
      let isAnyWaiting = false
      for (const found of firstOfEach(due)) {
        const state = states.get(found.invoiceId)
        const own = state?.billed.openCases.find((open) => open.id === found.id)
        // Decided again under the lock: settled, moved on or taken by somebody else meanwhile.
        const dueAt = own === undefined ? null : dueOf(own, window)
        if (state === undefined || own === undefined || dueAt === null) continue
        const at = decidedAt(window, dueAt)
        const decided = decideApart(deps, scope, { state, own, at, cards })
        if (decided === null) isAnyWaiting = true
        else addChanges(changes, decided)
      }
      await applyChanges(tx, scope, {
        changes,
        leaseUntil: leaseEnd(deps),
        nextId: () => deps.ids.next(),
      })
      return {
        claimed: changes.newAttempts.length + changes.changedCases.length,
        attempts: changes.newAttempts,
        isAnyWaiting,
      }
    },
    { retry: true },
  )
}

/** One whose decision faults is tried again a day later, and holds up no other. Null: it is left due. */
function decideApart(
  deps: BillingDeps,
  { accountId }: BillingScope,
  of: {
    readonly state: RetryState
    readonly own: RecoveryCase
    readonly at: Instant
    readonly cards: CardsInTurn
  },
): ChangeSet | null {
  const { state, own, at, cards } = of
  try {
    return decideRetryInTurn(state, cards, at, toolsOf(deps))?.changes ?? null
  } catch (error) {
    const reason = messageOf(error)
    deps.log.error({ accountId, caseId: own.id, reason }, 'recovery put off')
    const changes = emptyChangeSet()
    const isLater = own.nextAttemptAt !== null && own.nextAttemptAt > at
    const nextAttemptAt = isLater ? own.nextAttemptAt : addDays(at, 1)
    changes.changedCases.push({ ...own, nextAttemptAt, retryNowAt: null })
    return changes
  }
}

/** Null when nothing of it is due in the window. */
function dueOf({ nextAttemptAt, retryNowAt }: RecoveryCase, window: DueWindow): Instant | null {
  const [first, ...others] = [nextAttemptAt, retryNowAt].filter(
    (at) => at !== null && at <= window.until,
  )
  return first === undefined || first === null
    ? null
    : minInstant(first, ...others.filter((at) => at !== null))
}
