import { toWireMinor } from '@perennial/core/money'
import type { Mandate } from '@perennial/core/payments'
import type { CommandContext } from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { recordMail } from '../../../platform/outbox/index.ts'
import { loadRecipients, toRecipient } from '../../dunning/index.ts'
import { findInvoice } from '../../invoices/index.ts'
import type { CollectionRow } from '../../payments/mandates/index.ts'

/** Queues the mail that tells a payer what leaves the account, and when. The scheme asks for it: no setting turns it off. */
export async function queueNotice(
  tx: Tx,
  context: CommandContext,
  { row, mandate }: { readonly row: CollectionRow; readonly mandate: Mandate },
): Promise<void> {
  const { accountId, now } = context
  const { customerId } = mandate
  const recipients = await loadRecipients(tx, accountId, {
    customerIds: [customerId],
    productIds: [],
  })
  const customer = recipients.customers.get(customerId)
  const invoice = await findInvoice(tx, accountId, row.invoice_id)
  if (customer === undefined || invoice === null) return
  const data = {
    ...toRecipient(recipients, { customer, productId: null }),
    invoice_number: invoice.number,
    currency: row.currency,
    amount_minor: toWireMinor(row.amount_minor),
    collection_date: row.collection_on,
    account_last4: mandate.accountNumberLast4,
    mandate_ref: mandate.ref,
  }
  await recordMail(tx, [
    {
      accountId,
      id: context.ids.next(),
      // Told again where the day has changed.
      dedupeKey: `collection_notice:${row.id}:${row.collection_on}`,
      to: customer.email,
      template: 'collection_notice',
      data,
      createdAt: now,
    },
  ])
}
