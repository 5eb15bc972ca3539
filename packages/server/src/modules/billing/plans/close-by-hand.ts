import { mayCloseByHand } from '@perennial/core/billing'
import { assertNever } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import {
  accepted,
  decideAsOne,
  refused,
  type CommandContext,
  type Decision,
} from '../../../platform/command/index.ts'
import { lockInvoiceState } from '../load/lock-invoice-state.ts'
import { recordPayment } from '../invoices/record-payment.ts'
import { voidInvoice, writeOffInvoice } from '../invoices/void-invoice.ts'
import { scopeOf, type BillingDeps } from '../scope.ts'
import { DROPPED } from './cancel-plan-subscription.ts'

/** What became of a bill: the merchant was paid elsewhere, wants it no more, or takes it for lost. */
export type ClosedAs = 'paid_elsewhere' | 'dropped' | 'void' | 'written_off'

export type CloseRefusal = 'invoice_not_found' | 'invoice_not_closable'

/** Ends a bill as the merchant says, and its recycling with it. Refusals are checked in the order of the union. */
export function closeByHand(
  deps: BillingDeps,
  context: CommandContext,
  { invoiceId, as }: { readonly invoiceId: Uuid; readonly as: ClosedAs },
): Promise<Decision<null, CloseRefusal>> {
  return decideAsOne(context, async (one) => {
    const state = await one.inTx((tx) => lockInvoiceState(tx, scopeOf(one), invoiceId))
    if (state === null) return refused('invoice_not_found')
    const { invoice, attemptsMade, renewal, billed } = state
    const isRecycled = billed?.openCases.some((one) => one.invoiceId === invoiceId) ?? false
    const { status } = invoice
    const bill = { status, attemptsMade, isRecycled, isOfRenewal: renewal !== null }
    if (!mayCloseByHand(bill)) return refused('invoice_not_closable')
    const decision = await close(deps, one, { invoiceId, as })
    return decision.kind === 'accepted' ? accepted(null) : refused('invoice_not_closable')
  })
}

function close(
  deps: BillingDeps,
  context: CommandContext,
  { invoiceId, as }: { readonly invoiceId: Uuid; readonly as: ClosedAs },
) {
  switch (as) {
    case 'paid_elsewhere': {
      const by = { method: 'other', amountMinor: null, reference: null, notes: null } as const
      return recordPayment(deps, context, { invoiceId, ...by, paidAt: null })
    }
    case 'dropped':
      return voidInvoice(deps, context, { id: invoiceId, reason: DROPPED })
    case 'void':
      return voidInvoice(deps, context, { id: invoiceId, reason: null })
    case 'written_off':
      return writeOffInvoice(deps, context, invoiceId)
    default:
      return assertNever(as)
  }
}
