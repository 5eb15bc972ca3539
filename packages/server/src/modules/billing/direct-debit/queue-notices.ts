import type { Uuid } from '@perennial/core/ids'
import { toWireMinor } from '@perennial/core/money'
import type { Mandate } from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import type { Ids } from '../../../platform/ids/index.ts'
import { recordMail } from '../../../platform/outbox/index.ts'
import { loadRecipients, toRecipient } from '../../dunning/index.ts'
import { findInvoices } from '../../invoices/index.ts'
import type { CollectionRow } from '../../payments/mandates/index.ts'

/** Queues the mails that tell payers what leaves the account, and when. The scheme asks for them: no setting turns them off. */
export async function queueNotices(
  tx: Tx,
  { accountId, ids }: { readonly accountId: Uuid; readonly ids: Ids },
  debits: readonly {
    readonly row: CollectionRow
    readonly mandate: Mandate
    readonly at: Instant
  }[],
): Promise<void> {
  if (debits.length === 0) return
  const customerIds = debits.map(({ mandate }) => mandate.customerId)
  const invoiceIds = debits.map(({ row }) => row.invoice_id)
  const [recipients, invoices] = await Promise.all([
    loadRecipients(tx, accountId, { customerIds, productIds: [] }),
    findInvoices(tx, accountId, invoiceIds),
  ])
  const invoiceOf = new Map(invoices.map((invoice) => [invoice.id, invoice]))
  const mails = debits.flatMap(({ row, mandate, at }) => {
    const customer = recipients.customers.get(mandate.customerId)
    const invoice = invoiceOf.get(row.invoice_id)
    if (customer === undefined || invoice === undefined) return []
    const data = {
      ...toRecipient(recipients, { customer, productId: null }),
      invoice_number: invoice.number,
      currency: row.currency,
      amount_minor: toWireMinor(row.amount_minor),
      collection_date: row.collection_on,
      account_last4: mandate.accountNumberLast4,
      mandate_ref: mandate.ref,
    }
    return [
      {
        accountId,
        id: ids.next(),
        // Told again where the day has changed.
        dedupeKey: `collection_notice:${row.id}:${row.collection_on}`,
        to: customer.email,
        template: 'collection_notice' as const,
        data,
        createdAt: at,
      },
    ]
  })
  await recordMail(tx, mails)
}
