import {
  concludeSale,
  emptyChangeSet,
  paymentFact,
  settlePaid,
  type ChangeSet,
} from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import { saleByHand, type PaymentByHand } from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../../platform/command/index.ts'
import { noteTransaction } from '../../payments/index.ts'
import { applyChanges } from '../apply-changes.ts'
import { lockInvoiceState, type InvoiceState } from './lock-invoice-state.ts'
import { checkPayable } from './pay-invoice.ts'
import { leaseEnd, scopeOf, toolsOf, type BillingDeps } from '../scope.ts'

export type RecordPayment = {
  readonly invoiceId: Uuid
  readonly method: PaymentByHand['method']
  /** Null = all that is owed. */
  readonly amountMinor: bigint | null
  readonly reference: string | null
  readonly notes: string | null
  /** Null = now. */
  readonly paidAt: Instant | null
}

export type RecordRefusal =
  | 'invoice_not_found'
  | 'paid_at_in_future'
  | 'invoice_being_paid'
  | 'invoice_not_payable'
  | 'invoice_overpaid'

/** Money that came without any gateway. Refusals are checked in the order of the union. */
export async function recordPayment(
  deps: BillingDeps,
  context: CommandContext,
  request: RecordPayment,
): Promise<Decision<null, RecordRefusal>> {
  const { accountId, now } = context
  const scope = scopeOf(context)
  return context.inTx(async (tx) => {
    const state = await lockInvoiceState(tx, scope, request.invoiceId)
    if (state === null) return refused('invoice_not_found')
    if (request.paidAt !== null && request.paidAt > now) return refused('paid_at_in_future')
    const checked = checkPayable(state, request.amountMinor, now)
    if (checked.kind === 'refused') return checked

    const { method, reference, paidAt } = request
    const payment = { id: deps.ids.next(), method, reference, paidAt: paidAt ?? now }
    // Only the money is of that day; everything else happens now.
    const sale = saleByHand(payment, { invoice: state.invoice, amountMinor: checked.value })
    const changes = emptyChangeSet()
    changes.newTransactions.push(sale)
    changes.facts.push(paymentFact(sale, now))
    settlePaid(state, sale, now, toolsOf(deps), changes)
    concludePaid(deps, { state, now, changes })
    const nextId = () => deps.ids.next()
    await applyChanges(tx, scope, { changes, leaseUntil: leaseEnd(deps), nextId })
    if (request.notes !== null)
      await noteTransaction(tx, { accountId, id: sale.id, metadata: { notes: request.notes } })
    await context.remember(tx, 'invoice', request.invoiceId)
    return accepted(null)
  })
}

/** Money by hand, and be it less than was asked for, lets a sale go through. */
function concludePaid(
  deps: BillingDeps,
  given: {
    readonly state: InvoiceState
    readonly now: Instant
    readonly changes: ChangeSet
  },
): void {
  const { state, now, changes } = given
  const invoice = changes.changedInvoices.find(({ id }) => id === state.invoice.id)
  if (state.sold === undefined || invoice === undefined) return
  const bill = { invoice, lines: state.lines, declineCode: null }
  concludeSale(state.sold, bill, { at: now, tools: toolsOf(deps), changes })
}
