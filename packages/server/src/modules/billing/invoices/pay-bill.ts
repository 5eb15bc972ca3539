import type { Uuid } from '@perennial/core/ids'
import type { CommandContext } from '../../../platform/command/index.ts'
import type { BillOutcome } from '../../card-updates/index.ts'
import { findLatestAttempt } from '../../payments/index.ts'
import { payInvoice } from './pay-invoice.ts'
import type { BillingDeps } from '../scope.ts'

/** Charges all that is owed of a bill to one method, and says in few words what came of it. */
export async function payBill(
  deps: BillingDeps,
  context: CommandContext,
  bill: { readonly invoiceId: Uuid; readonly paymentMethodId: Uuid },
): Promise<BillOutcome> {
  const paid = await payInvoice(deps, context, { ...bill, amountMinor: null })
  if (paid.kind === 'refused') {
    if (paid.code === 'invoice_being_paid') return { kind: 'busy' }
    // Somebody else has paid or voided it meanwhile.
    if (paid.code === 'invoice_not_payable' || paid.code === 'invoice_overpaid')
      return { kind: 'settled' }
    deps.log.warn({ invoiceId: bill.invoiceId, reason: paid.code }, 'a bill could not be charged')
    return { kind: paid.code === 'attempt_forbidden' ? 'forbidden' : 'failed' }
  }
  const { decline } = paid.value
  if (decline !== null) return { kind: 'declined', code: decline.code }
  const { accountId } = context
  const latest = await context.inTx((tx) => findLatestAttempt(tx, accountId, bill.invoiceId))
  return { kind: latest?.state === 'succeeded' ? 'settled' : 'processing' }
}
