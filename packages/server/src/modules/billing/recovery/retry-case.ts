import {
  cancelExhausted,
  cancelRecovery,
  retryByHand,
  type HandRefusal,
  type RetryState,
} from '@perennial/core/billing'
import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import type { RecoveryCase } from '@perennial/core/recovery'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../../platform/command/index.ts'
import { violatedConstraint, type Tx } from '../../../platform/db/index.ts'
import { lockInvoices } from '../../invoices/index.ts'
import { listLivePayments } from '../../payments/index.ts'
import { findCase } from '../../recovery/index.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import { collect } from '../collect/collect.ts'
import { forbidden } from '../load/guarded-cards.ts'
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

/**
 * Gives a case up: the subscription of one that is open ends as it would after the last retry; one that is left to people
 * is closed to them too.
 */
export function cancelCase(
  deps: BillingDeps,
  context: CommandContext,
  id: Uuid,
): Promise<Decision<Uuid, CaseRefusal>> {
  const apply = async (tx: Tx, decision: ReturnType<typeof cancelRecovery>) => {
    if (decision.kind === 'refused') return refused(decision.code)
    const { changes } = decision
    const nextId = () => deps.ids.next()
    await applyChanges(tx, scopeOf(context), { changes, leaseUntil: leaseEnd(deps), nextId })
    return accepted(id)
  }
  return changeCase(
    deps,
    context,
    {
      id,
      whenEnded: async (tx, ended) =>
        apply(tx, cancelExhausted(await loadEnded(tx, context, ended), context.now)),
    },
    (tx, state) => apply(tx, cancelRecovery(state, context.now, toolsOf(deps))),
  )
}

/** The bill of a case that is not open, locked. */
async function loadEnded(tx: Tx, { accountId }: CommandContext, ended: RecoveryCase) {
  const [invoice] = await lockInvoices(tx, accountId, [ended.invoiceId])
  assert(invoice !== undefined, 'a case is that of an invoice')
  const live = await listLivePayments(tx, accountId, [ended.invoiceId])
  return { ended, invoice, isBeingPaid: live.has(invoice.id) }
}

type OfCase<T> = {
  readonly id: Uuid
  /** For a case that is not open; absent = it is refused. */
  readonly whenEnded?: (tx: Tx, ended: RecoveryCase) => Promise<Decision<T, CaseRefusal>>
}

/** Loads and locks what the case stands on, and runs the change in the same transaction. */
async function changeCase<T>(
  deps: BillingDeps,
  context: CommandContext,
  given: OfCase<T>,
  change: (tx: Tx, state: RetryState) => Promise<Decision<T, CaseRefusal>>,
): Promise<Decision<T, CaseRefusal>> {
  const { id } = given
  try {
    return await context.inTx(async (tx) => {
      const found = await findCase(tx, context.accountId, id)
      if (found === null) return refused('case_not_found')
      const states = await loadRetries(deps, tx, scopeOf(context), {
        subscriptionIds: found.subscriptionId === null ? [] : [found.subscriptionId],
        at: context.now,
        isWaiting: true,
      })
      const state = states.get(found.invoiceId)
      const decision =
        state === undefined ? await decideEnded(tx, context, given) : await change(tx, state)
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

/** Read anew: it may have ended while its subscription was waited for. */
async function decideEnded<T>(
  tx: Tx,
  { accountId }: CommandContext,
  { id, whenEnded }: OfCase<T>,
): Promise<Decision<T, CaseRefusal>> {
  const ended = await findCase(tx, accountId, id)
  return ended === null || whenEnded === undefined ? refused('case_closed') : whenEnded(tx, ended)
}
