import {
  addChanges,
  cardsInTurn,
  creditInTurn,
  decideDueInTurn,
  emptyChangeSet,
  type ChangeSet,
  type DueDecision,
  type DueStep,
  type SettlementState,
  type SubscriptionState,
} from '@perennial/core/billing'
import { assert, messageOf } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import type { Invoice } from '@perennial/core/invoices'
import type { PaymentAttempt } from '@perennial/core/payments'
import type { Subscription } from '@perennial/core/subscriptions'
import { maxInstant, type Instant } from '@perennial/core/time'
import { inHalves, type Tx, writerOf } from '../../../platform/db/index.ts'
import { lockSubscriptions, parkSubscription } from '../../subscriptions/index.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import type { ClaimDue } from './claim-in-turns.ts'
import { decidedAt, type DueWindow } from '../work/due-window.ts'
import { loadStates } from '../load/load-states.ts'
import { settlementAfter, type Remembered } from '../collect/recall-settlements.ts'
import type { Parked } from '../work/work-done.ts'
import { leaseEnd, toolsOf, type BillingDeps, type BillingScope } from '../scope.ts'

export type DueBatch = {
  /** How many were claimed; fewer than the batch size = nothing more is due now. */
  readonly claimed: number
  readonly steps: ReadonlyMap<DueStep, number>
  /** Committed as `sending`: to be charged now. */
  readonly attempts: readonly PaymentAttempt[]
  /** What is in memory of them; null where the batch was written in parts. */
  readonly remembered: Remembered | null
  readonly parked: readonly Parked[]
  /** Of the claimed: left due, because only charges of their cards that are not answered yet stand against theirs. */
  readonly waitingIds: readonly Uuid[]
}

const NOTHING_DUE: DueBatch = {
  claimed: 0,
  steps: new Map(),
  attempts: [],
  remembered: null,
  parked: [],
  waitingIds: [],
}

/**
 * Claims due subscriptions, decides them together and writes everything in one transaction. One whose
 * decision faults is parked alone. When the write is refused, the batch is tried again in halves until the
 * one at fault stands alone, and that one is parked.
 */
export async function runDueBatch(
  deps: BillingDeps,
  scope: BillingScope,
  window: DueWindow,
  claimDue: ClaimDue,
): Promise<DueBatch> {
  const claimed: Uuid[] = []
  const claim = async (tx: Tx): Promise<Subscription[]> => {
    const { accountId } = scope
    const due = await claimDue(tx, { accountId, until: window.until, limit: deps.batchSize })
    claimed.splice(0, claimed.length, ...due.map((subscription) => subscription.id))
    return due
  }
  try {
    return await decideAndApply(deps, scope, window, claim)
  } catch (error) {
    const parts = await inHalves(
      { rows: claimed, error },
      {
        write: (ids) =>
          decideAndApply(deps, scope, window, (tx) => lockAgain(tx, scope, window, ids)),
        setApart: (id, reason) => park(deps, scope, window, { id, reason: messageOf(reason) }),
      },
    )
    return parts.reduce(joined)
  }
}

async function park(
  deps: BillingDeps,
  { accountId }: BillingScope,
  { until }: DueWindow,
  parked: Parked,
): Promise<DueBatch> {
  const { id, reason } = parked
  deps.log.error({ accountId, subscriptionId: id, reason }, 'subscription parked')
  await deps.database.statement((tx) =>
    parkSubscription(tx, accountId, { id, at: until, reason, dueBy: until }),
  )
  return { ...NOTHING_DUE, claimed: 1, parked: [parked] }
}

async function lockAgain(
  tx: Tx,
  { accountId }: BillingScope,
  window: DueWindow,
  ids: readonly Uuid[],
): Promise<Subscription[]> {
  const locked = await lockSubscriptions(tx, accountId, ids, { skipLocked: true })
  return locked.filter((subscription) => isStillDue(subscription, window))
}

/** Between two tries another worker may have done it, or parked it. */
function isStillDue({ parkedAt, nextDueAt }: Subscription, window: DueWindow): boolean {
  return parkedAt === null && nextDueAt !== null && nextDueAt <= window.until
}

function joined(one: DueBatch, other: DueBatch): DueBatch {
  const steps = new Map(one.steps)
  for (const [step, count] of other.steps) steps.set(step, (steps.get(step) ?? 0) + count)
  return {
    claimed: one.claimed + other.claimed,
    steps,
    attempts: [...one.attempts, ...other.attempts],
    remembered: null,
    parked: [...one.parked, ...other.parked],
    waitingIds: [...one.waitingIds, ...other.waitingIds],
  }
}

async function decideAndApply(
  deps: BillingDeps,
  scope: BillingScope,
  window: DueWindow,
  claim: (tx: Tx) => Promise<Subscription[]>,
): Promise<DueBatch> {
  return deps.database.tx(
    async (tx) => {
      const due = await claim(tx)
      if (due.length === 0) return NOTHING_DUE
      await deps.onStep?.('claimed')
      const decided = await decideAll(deps, scope, window, { tx, due })
      await deps.onStep?.('decided')
      const { changes, steps, parked, waitingIds } = decided
      const given = { changes, leaseUntil: leaseEnd(deps), nextId: () => deps.ids.next() }
      const [numbered, writtenBy] = await Promise.all([
        applyChanges(tx, scope, given),
        writerOf(tx),
      ])
      for (const one of parked) {
        deps.log.error(
          { accountId: scope.accountId, subscriptionId: one.id, reason: one.reason },
          'subscription parked',
        )
        await parkSubscription(tx, scope.accountId, { ...one, at: window.until })
      }
      const remembered = { writtenBy, states: remember(decided.decisions, numbered) }
      const { newAttempts: attempts } = changes
      return { claimed: due.length, steps, attempts, remembered, parked, waitingIds }
    },
    { retry: true },
  )
}

type Decided = {
  readonly changes: ChangeSet
  readonly decisions: readonly { readonly before: SubscriptionState; readonly made: DueDecision }[]
  readonly steps: Map<DueStep, number>
  readonly parked: readonly Parked[]
  readonly waitingIds: readonly Uuid[]
}

function remember(
  decisions: Decided['decisions'],
  numbered: (invoice: Invoice) => Invoice,
): Map<Uuid, SettlementState> {
  const states = new Map<Uuid, SettlementState>()
  for (const { before, made } of decisions) {
    const state = settlementAfter(before, made, numbered)
    if (state !== null) states.set(state.attempt.id, state)
  }
  return states
}

async function decideAll(
  deps: BillingDeps,
  scope: BillingScope,
  window: DueWindow,
  claimed: { readonly tx: Tx; readonly due: readonly Subscription[] },
): Promise<Decided> {
  const planning = { withRoutes: true, bills: true, at: window.until }
  const states = await loadStates(claimed.tx, scope, claimed.due, planning)
  const changes = emptyChangeSet()
  const decisions: { before: SubscriptionState; made: DueDecision }[] = []
  const steps = new Map<DueStep, number>()
  const parked: Parked[] = []
  const waitingIds: Uuid[] = []
  const tools = toolsOf(deps)
  // What is known of the cards of a batch is one for all of it.
  const turn = { cards: cardsInTurn(states[0]?.cards), credit: creditInTurn() }
  for (const state of states) {
    const { id } = state.subscription
    const at = decidedAt(window, fellDueAt(state.subscription))
    try {
      const made = decideDueInTurn(state, turn, at, tools)
      if (made === null) {
        waitingIds.push(id)
        continue
      }
      assert(made.step !== 'none', 'what is claimed as due has something to do')
      addChanges(changes, made.changes)
      decisions.push({ before: state, made })
      steps.set(made.step, (steps.get(made.step) ?? 0) + 1)
    } catch (error) {
      parked.push({ id, reason: messageOf(error) })
    }
  }
  return { changes, decisions, steps, parked, waitingIds }
}

/** What was set to a date in the past fell due when it was set. */
function fellDueAt({ nextDueAt, updatedAt }: Subscription): Instant {
  assert(nextDueAt !== null, 'what is claimed as due has a date')
  return maxInstant(nextDueAt, updatedAt)
}
