import { addChanges, emptyChangeSet } from '@perennial/core/billing'
import { assert, messageOf } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import type { PaymentAttempt } from '@perennial/core/payments'
import { addDays, type Instant } from '@perennial/core/time'
import { inHalves } from '../../../platform/db/index.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import { collect } from '../collect/collect.ts'
import { leaseEnd, toolsOf, type BillingDeps, type BillingScope } from '../scope.ts'
import { decideSubmission, waiting, type DecidedDebit } from './decide-debit.ts'
import { loadDebits, type DebitState } from './load-debits.ts'
import { moveDebits, type DebitMove, type DueDebit } from './move-debits.ts'

type SubmittedBatch = {
  readonly moved: number
  /** Committed as `sending`: to be sent now. */
  readonly begun: readonly { readonly attempt: PaymentAttempt; readonly at: Instant }[]
  /** To be decided on what the others have left. */
  readonly left: readonly DueDebit[]
}

const NOTHING: SubmittedBatch = { moved: 0, begun: [], left: [] }

/**
 * Hands debits in on their day, unless something has come between since they were announced: decided together on their locked
 * bills, written in one transaction, and their charges sent together. Returns how many moved.
 */
export async function submitDebits(
  deps: BillingDeps,
  scope: BillingScope,
  debits: readonly DueDebit[],
): Promise<number> {
  const begun: SubmittedBatch['begun'][number][] = []
  let moved = 0
  let due = debits
  while (due.length > 0) {
    const batch = await submitApart(deps, scope, due)
    moved += batch.moved
    begun.push(...batch.begun)
    due = batch.left
  }
  if (begun.length === 0) return moved
  await deps.onStep?.('applied')
  const atOf = new Map(begun.map(({ attempt, at }) => [attempt.id, at]))
  const attempts = begun.map(({ attempt }) => attempt)
  await collect(deps, scope, attempts, { atOf: ({ id, createdAt }) => atOf.get(id) ?? createdAt })
  return moved
}

/** One that cannot be written holds up no other: it is looked at again the next day. */
async function submitApart(
  deps: BillingDeps,
  scope: BillingScope,
  debits: readonly DueDebit[],
): Promise<SubmittedBatch> {
  try {
    return await submitTogether(deps, scope, debits)
  } catch (error) {
    const parts = await inHalves(
      { rows: debits, error },
      {
        write: (half) => submitTogether(deps, scope, half),
        setApart: async (debit, fault) => {
          const move = putOff(deps, scope, { debit, fault })
          await deps.database.tx((tx) => moveDebits(deps, scope, { tx, moves: [move] }))
          return NOTHING
        },
      },
    )
    return parts.reduce((one, other) => ({
      moved: one.moved + other.moved,
      begun: [...one.begun, ...other.begun],
      left: [...one.left, ...other.left],
    }))
  }
}

function putOff(
  deps: Pick<BillingDeps, 'log'>,
  { accountId }: BillingScope,
  { debit, fault }: { readonly debit: DueDebit; readonly fault: unknown },
): DebitMove {
  const reason = messageOf(fault)
  deps.log.error({ accountId, collectionId: debit.row.id, reason }, 'debit put off')
  return waiting(debit, addDays(debit.at, 1))
}

async function submitTogether(
  deps: BillingDeps,
  scope: BillingScope,
  debits: readonly DueDebit[],
): Promise<SubmittedBatch> {
  return deps.database.tx(
    async (tx) => {
      const { states, left } = firstOfEach(await loadDebits(tx, scope, debits))
      if (states.length === 0) return NOTHING
      const changes = emptyChangeSet()
      const begun: SubmittedBatch['begun'][number][] = []
      const moves: DebitMove[] = []
      for (const state of states) {
        const { at } = state.debit
        const decided = decideApart(deps, scope, state)
        moves.push(decided.move)
        if (decided.changes === null) continue
        addChanges(changes, decided.changes)
        begun.push(...decided.changes.newAttempts.map((attempt) => ({ attempt, at })))
      }
      const moved = await moveDebits(deps, scope, { tx, moves })
      assert(moved.size === moves.length, 'what is locked stands as it was read')
      const nextId = () => deps.ids.next()
      await applyChanges(tx, scope, { changes, leaseUntil: leaseEnd(deps), nextId })
      return { moved: moved.size, begun, left }
    },
    { retry: true },
  )
}

/** One whose decision faults holds up no other either. */
function decideApart(deps: BillingDeps, scope: BillingScope, state: DebitState): DecidedDebit {
  try {
    return decideSubmission(state, toolsOf(deps))
  } catch (fault) {
    return { move: putOff(deps, scope, { debit: state.debit, fault }), changes: null }
  }
}

/** One debit of each subscription, of a sale of all that it has begun: the next is decided on what that leaves. */
function firstOfEach(loaded: readonly DebitState[]): {
  readonly states: readonly DebitState[]
  readonly left: readonly DueDebit[]
} {
  const taken = new Set<Uuid>()
  const states: DebitState[] = []
  const left: DueDebit[] = []
  for (const state of loaded) {
    const { billed, sold } = state.bill
    const touched = [...(billed === null ? [] : [billed]), ...(sold?.begun ?? [])]
    const ids = touched.map(({ subscription }) => subscription.id)
    if (ids.some((id) => taken.has(id))) left.push(state.debit)
    else states.push(state)
    for (const id of ids) taken.add(id)
  }
  return { states, left }
}
