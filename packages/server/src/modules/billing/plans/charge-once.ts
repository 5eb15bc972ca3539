import { billOnce, emptyChangeSet, type OnceLine, type Work } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../../platform/command/index.ts'
import type { JsonObject } from '../../../platform/wire/index.ts'
import { applyChanges } from '../apply-changes.ts'
import { collect } from '../collect/collect.ts'
import { leaseEnd, scopeOf, toolsOf, type BillingDeps } from '../scope.ts'
import { lockPlans } from './load-plan-subscription.ts'

export type ChargeOnceRefusal = 'subscription_not_found' | 'no_payment_method'

/**
 * Bills a running subscription for something beside its cycles and charges it now, on its methods in turn; a charge that
 * all of them refuse is written off. Returns the invoice, paid or not.
 */
export async function chargeOnce(
  deps: BillingDeps,
  context: CommandContext,
  request: {
    readonly subscriptionId: Uuid
    readonly lines: readonly OnceLine[]
    readonly metadata: JsonObject
  },
): Promise<Decision<Uuid, ChargeOnceRefusal>> {
  const scope = scopeOf(context)
  const billed = await context.inTx(async (tx) => {
    const key = { id: request.subscriptionId, at: context.now }
    const found = await lockPlans(tx, scope, key)
    if (found === null) return refused('subscription_not_found')
    const work: Work = { at: context.now, tools: toolsOf(deps), changes: emptyChangeSet() }
    const invoice = billOnce(found.state, request, work)
    if (invoice === null) return refused('no_payment_method')
    const nextId = () => deps.ids.next()
    await applyChanges(tx, scope, { changes: work.changes, leaseUntil: leaseEnd(deps), nextId })
    await context.remember(tx, 'invoice', invoice.id)
    return accepted({ id: invoice.id, attempts: work.changes.newAttempts })
  })
  if (billed.kind === 'refused') return billed
  await deps.onStep?.('applied')
  await collect(deps, scope, billed.value.attempts, { atOf: () => context.now })
  return accepted(billed.value.id)
}
