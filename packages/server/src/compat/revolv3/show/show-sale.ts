import type { Uuid } from '@perennial/core/ids'
import type { CommandContext } from '../../../platform/command/index.ts'
import { FaceRefusal } from '../face-refusal.ts'
import { tellCharge } from './show-attempt.ts'
import { showInvoices } from './show-invoice.ts'

/** A sale or a capture: its invoice, and what came of its last charge. */
export async function showSale(context: CommandContext, invoiceId: Uuid) {
  const { accountId: id, account } = context
  const [invoice] = await context.inTx((tx) => showInvoices(tx, { id, name: account.name }, [invoiceId])) // prettier-ignore
  if (invoice === undefined) throw FaceRefusal.notFound('invoice')
  const last = invoice.invoiceAttempts.at(-1)
  return {
    customerId: invoice.customerId,
    invoiceId: invoice.invoiceId,
    networkTransactionId: invoice.networkTransactionId,
    invoiceStatus: invoice.invoiceStatus,
    message: last?.responseMessage ?? null,
    amount: { currency: invoice.currency, value: invoice.total },
    paymentMethodId: invoice.paymentMethod?.paymentMethodId ?? null,
    paymentMethodTypeId: (invoice.paymentMethod?.paymentMethodAchDetails ?? null) === null ? 1 : 2,
    ...tellCharge(last),
  }
}
