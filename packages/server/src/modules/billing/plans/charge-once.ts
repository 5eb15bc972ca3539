import {
  billExtra,
  billOnce,
  emptyChangeSet,
  type ExtraRefusal,
  type OnceLine,
  type RecyclingState,
  type Work,
} from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import { toWireMinor } from '@perennial/core/money'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../../platform/command/index.ts'
import type { JsonObject } from '../../../platform/wire/index.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import { collect } from '../collect/collect.ts'
import { leaseEnd, scopeOf, toolsOf, type BillingDeps } from '../scope.ts'
import { lockPlans } from './load-plan-subscription.ts'

export type ChargeOnceRefusal = 'subscription_not_found' | 'no_payment_method'

type OnceRequest = {
  readonly subscriptionId: Uuid
  readonly lines: readonly OnceLine[]
  readonly metadata: JsonObject
}

/**
 * Bills a running subscription for something beside its cycles and charges it now, on its methods in turn; a charge that
 * all of them refuse is written off. Returns the invoice, paid or not.
 */
export function chargeOnce(
  deps: BillingDeps,
  context: CommandContext,
  request: OnceRequest,
): Promise<Decision<Uuid, ChargeOnceRefusal>> {
  return charge<ChargeOnceRefusal>(deps, context, request, (state, work) => {
    const invoice = billOnce(state, request, work)
    return invoice === null ? refused('no_payment_method') : accepted(invoice.id)
  })
}

export type ChargeExtraRefusal = 'subscription_not_found' | ExtraRefusal

/**
 * The same of an installment: what is paid so comes off its last parts. Details of a refusal have `rest_minor`, the most
 * that may be paid.
 */
export function chargeExtra(
  deps: BillingDeps,
  context: CommandContext,
  request: OnceRequest,
): Promise<Decision<Uuid, ChargeExtraRefusal>> {
  return charge<ChargeExtraRefusal>(deps, context, request, (state, work) => {
    const decision = billExtra(state, request, work)
    if (decision.kind === 'accepted') return accepted(decision.invoice.id)
    return refused(decision.code, { details: { rest_minor: toWireMinor(decision.restMinor) } })
  })
}

async function charge<Code extends string>(
  deps: BillingDeps,
  context: CommandContext,
  { subscriptionId: id }: OnceRequest,
  decide: (state: RecyclingState, work: Work) => Decision<Uuid, Code>,
): Promise<Decision<Uuid, Code | 'subscription_not_found'>> {
  const scope = scopeOf(context)
  const billed = await context.inTx(async (tx) => {
    const found = await lockPlans(tx, scope, { id, at: context.now })
    if (found === null) return refused('subscription_not_found')
    const work: Work = { at: context.now, tools: toolsOf(deps), changes: emptyChangeSet() }
    const decision = decide(found.state, work)
    if (decision.kind === 'refused') return decision
    const nextId = () => deps.ids.next()
    await applyChanges(tx, scope, { changes: work.changes, leaseUntil: leaseEnd(deps), nextId })
    await context.remember(tx, 'invoice', decision.value)
    return accepted({ id: decision.value, attempts: work.changes.newAttempts })
  })
  if (billed.kind === 'refused') return billed
  await deps.onStep?.('applied')
  await collect(deps, scope, billed.value.attempts, { atOf: () => context.now })
  return accepted(billed.value.id)
}
