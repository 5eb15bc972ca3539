import {
  cancelRecovery,
  retryByHand,
  type HandRefusal,
  type RetryState,
} from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../../platform/command/index.ts'
import { violatedConstraint, type Tx } from '../../../platform/db/index.ts'
import { findCase } from '../../recovery/index.ts'
import { applyChanges } from '../apply-changes.ts'
import { collect } from '../collect.ts'
import { forbidden } from '../guarded-cards.ts'
import { leaseEnd, scopeOf, toolsOf, type BillingDeps } from '../scope.ts'
import { loadRetries } from './load-retries.ts'

export type CaseRefusal = 'case_not_found' | HandRefusal

/**
 * Tries an open case now. The schedule stays as it is, and the card networks' guard is asked as ever: nobody overrides
 * it. The attempt is committed before its gateway is called, and its answer settled before this returns.
 */
export async function retryCase(
  deps: BillingDeps,
  context: CommandContext,
  id: Uuid,
): Promise<Decision<Uuid, CaseRefusal>> {
  const scope = scopeOf(context)
  const begun = await changeCase(deps, context, { id }, async (tx, state) => {
    const decision = retryByHand(state, context.now, toolsOf(deps))
    if (decision.kind === 'refused') {
      const { code, denied } = decision
      return denied === null ? refused(code) : forbidden(denied)
    }
    const { changes } = decision
    const nextId = () => deps.ids.next()
    await applyChanges(tx, scope, { changes, leaseUntil: leaseEnd(deps), nextId })
    return accepted(changes.newAttempts)
  })
  if (begun.kind === 'refused') return begun
  await deps.onStep?.('applied')
  await collect(deps, scope, begun.value, { atOf: () => context.now })
  return accepted(id)
}

/** Gives an open case up: its subscription ends as it would after the last retry. */
export function cancelCase(
  deps: BillingDeps,
  context: CommandContext,
  id: Uuid,
): Promise<Decision<Uuid, CaseRefusal>> {
  return changeCase(deps, context, { id }, async (tx, state) => {
    const decision = cancelRecovery(state, context.now, toolsOf(deps))
    if (decision.kind === 'refused') return refused(decision.code)
    const { changes } = decision
    const nextId = () => deps.ids.next()
    await applyChanges(tx, scopeOf(context), { changes, leaseUntil: leaseEnd(deps), nextId })
    return accepted(id)
  })
}

/** Loads and locks what the case stands on, and runs the change in the same transaction. */
async function changeCase<T>(
  deps: BillingDeps,
  context: CommandContext,
  { id }: { readonly id: Uuid },
  change: (tx: Tx, state: RetryState) => Promise<Decision<T, CaseRefusal>>,
): Promise<Decision<T, CaseRefusal>> {
  try {
    return await context.inTx(async (tx) => {
      const found = await findCase(tx, context.accountId, id)
      if (found === null) return refused('case_not_found')
      const states = await loadRetries(deps, tx, scopeOf(context), {
        subscriptionIds: [found.subscriptionId],
        at: context.now,
        isWaiting: true,
      })
      const state = states.get(found.invoiceId)
      if (state === undefined) return refused('case_closed')
      const decision = await change(tx, state)
      if (decision.kind === 'accepted') await context.remember(tx, 'recovery_case', id)
      return decision
    })
  } catch (error) {
    // Two at the same moment: the index lets one of them through.
    if (violatedConstraint(error) === 'payment_attempts_one_live_per_invoice')
      return refused('invoice_being_paid')
    throw error
  }
}
