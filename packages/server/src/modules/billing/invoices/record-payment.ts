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
import { bookSale } from './book-sale.ts'
import { lockInvoiceState } from '../load/lock-invoice-state.ts'
import { checkPayable } from './plan-payment.ts'
import { scopeOf, type BillingDeps } from '../scope.ts'

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
    const sale = saleByHand(payment, { invoice: state.invoice, amountMinor: checked.value })
    await bookSale(deps, { tx, scope }, { state, sale, at: now })
    if (request.notes !== null)
      await noteTransaction(tx, { accountId, id: sale.id, metadata: { notes: request.notes } })
    await context.remember(tx, 'invoice', request.invoiceId)
    return accepted(null)
  })
}
