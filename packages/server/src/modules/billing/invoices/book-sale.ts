import {
  concludeSale,
  emptyChangeSet,
  paymentFact,
  settlePaid,
  type ChangeSet,
} from '@perennial/core/billing'
import type { Transaction } from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import { applyChanges } from '../apply-changes.ts'
import { leaseEnd, toolsOf, type BillingDeps, type BillingScope } from '../scope.ts'
import type { InvoiceState } from './lock-invoice-state.ts'

type Paid = { readonly state: InvoiceState; readonly at: Instant }

/** Books money for an invoice that nothing here has charged, with all that follows. Only the money is of its own day. */
export async function bookSale(
  deps: BillingDeps,
  { tx, scope }: { readonly tx: Tx; readonly scope: BillingScope },
  { sale, ...paid }: Paid & { readonly sale: Transaction },
): Promise<void> {
  const { state, at } = paid
  const tools = toolsOf(deps)
  const changes = emptyChangeSet()
  changes.newTransactions.push(sale)
  changes.facts.push(paymentFact(sale, at))
  settlePaid(state, sale, at, tools, changes)
  concludePaid(deps, { ...paid, changes })
  const { nextId } = tools
  await applyChanges(tx, scope, { changes, leaseUntil: leaseEnd(deps), nextId })
}

/** Such money, and be it less than was asked for, lets a sale go through. */
function concludePaid(
  deps: BillingDeps,
  { state, at, changes }: Paid & { readonly changes: ChangeSet },
): void {
  const invoice = changes.changedInvoices.find(({ id }) => id === state.invoice.id)
  if (state.sold === undefined || invoice === undefined) return
  const bill = { invoice, lines: state.lines, declineCode: null }
  concludeSale(state.sold, bill, { at, tools: toolsOf(deps), changes })
}
