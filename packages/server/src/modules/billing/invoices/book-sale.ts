import { concludeSaleOf, emptyChangeSet, paymentFact, settlePaid } from '@perennial/core/billing'
import type { Transaction } from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import { leaseEnd, toolsOf, type BillingDeps, type BillingScope } from '../scope.ts'
import type { InvoiceState } from '../load/lock-invoice-state.ts'

type Paid = { readonly state: InvoiceState; readonly sale: Transaction; readonly at: Instant }

/**
 * Books money for an invoice that nothing here has charged, with all that follows; be it less than was asked for, it lets a
 * sale go through. Only the money is of its own day.
 */
export async function bookSale(
  deps: BillingDeps,
  { tx, scope }: { readonly tx: Tx; readonly scope: BillingScope },
  { state, sale, at }: Paid,
): Promise<void> {
  const tools = toolsOf(deps)
  const changes = emptyChangeSet()
  changes.newTransactions.push(sale)
  changes.facts.push(paymentFact(sale, at))
  settlePaid(state, sale, at, tools, changes)
  concludeSaleOf(state, null, { at, tools, changes })
  const { nextId } = tools
  await applyChanges(tx, scope, { changes, leaseUntil: leaseEnd(deps), nextId })
}
