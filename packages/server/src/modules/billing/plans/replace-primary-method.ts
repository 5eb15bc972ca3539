import { emptyChangeSet, subscriptionFact, viewOf } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import { touched } from '@perennial/core/subscriptions'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../../platform/command/index.ts'
import { listActiveMethods } from '../../payments/index.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import { payInvoice } from '../invoices/pay-invoice.ts'
import { leaseEnd, scopeOf, type BillingDeps } from '../scope.ts'
import { lockPlans } from './load-plan-subscription.ts'
import { listTaxedMethods, replaceTaxedMethods, type TaxedMethod } from '../recycling/queries.ts'

export type ReplaceMethodRefusal = 'subscription_not_found' | 'payment_method_not_found'

const METHODS_MAX = 200

/** Bills that were being recycled when the method took its place: to be tried with it now. */
export type ReplacedMethod = {
  readonly paymentMethodId: Uuid
  readonly openInvoiceIds: readonly Uuid[]
}

/**
 * Another method takes the first one's place; the others keep theirs, and the one that was first stays with its customer.
 * Nobody outside is asked, so that the method itself may be kept in the same transaction: `chargeReplaced` comes after it.
 */
export async function replacePrimaryMethod(
  deps: BillingDeps,
  context: CommandContext,
  request: {
    readonly subscriptionId: Uuid
    readonly paymentMethodId: Uuid
    readonly taxMinor: bigint
  },
): Promise<Decision<ReplacedMethod, ReplaceMethodRefusal>> {
  const { accountId, now } = context
  const { subscriptionId, paymentMethodId, taxMinor } = request
  const scope = scopeOf(context)
  return context.inTx(async (tx) => {
    const found = await lockPlans(tx, scope, { id: subscriptionId })
    if (found === null) return refused('subscription_not_found')
    const { state } = found
    const { customerId } = state.subscription
    const own = await listActiveMethods(tx, { accountId, customerId, limit: METHODS_MAX })
    if (!own.some(({ id }) => id === paymentMethodId)) return refused('payment_method_not_found')
    const before = await listTaxedMethods(tx, accountId, [subscriptionId])
    const first = { subscriptionId, paymentMethodId, priority: 0, taxMinor }
    const methods = [first, ...backupsOf(before, paymentMethodId)]
    await replaceTaxedMethods(tx, accountId, { subscriptionId, methods })
    const after = touched(state.subscription, now)
    const changes = emptyChangeSet()
    changes.changedSubscriptions.push(after)
    changes.facts.push(subscriptionFact('updated', viewOf(state, after), now, {}))
    const nextId = () => deps.ids.next()
    await applyChanges(tx, scope, { changes, leaseUntil: leaseEnd(deps), nextId })
    await context.remember(tx, 'subscription', subscriptionId)
    const openInvoiceIds = state.openCases.map((open) => open.invoiceId)
    return accepted({ paymentMethodId, openInvoiceIds })
  })
}

/** A bill that is being recycled is tried with the method at once, and none of its runs is used up (spec/revolv3.md 4.7). */
export async function chargeReplaced(
  deps: BillingDeps,
  context: CommandContext,
  { paymentMethodId, openInvoiceIds }: ReplacedMethod,
): Promise<void> {
  // One at most: nothing is billed while a bill is recycled.
  for (const invoiceId of openInvoiceIds)
    await payInvoice(deps, context, { invoiceId, paymentMethodId, amountMinor: null })
}

function backupsOf(before: readonly TaxedMethod[], paymentMethodId: Uuid): TaxedMethod[] {
  return before.slice(1).filter((method) => method.paymentMethodId !== paymentMethodId)
}
