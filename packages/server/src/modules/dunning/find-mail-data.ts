import type { Uuid } from '@perennial/core/ids'
import { owedMinor, type Invoice } from '@perennial/core/invoices'
import { toWireMinor } from '@perennial/core/money'
import { formatInstant, formatInstantOrNull } from '@perennial/core/time'
import type { CommandContext } from '../../platform/command/index.ts'
import type { Tx } from '../../platform/db/index.ts'
import type { JsonObject } from '../../platform/wire/index.ts'
import { findInvoice, listInvoiceLines, toMailLines } from '../invoices/index.ts'
import { listOpenCases } from '../recovery/index.ts'
import { findSubscription } from '../subscriptions/index.ts'
import { findChargedCards } from './queries/charged-cards.ts'
import { loadRecipients, toRecipient } from './queue-mails.ts'

/** What a mail about this subscription would be filled with now, for a preview; null when there is none. */
export async function findMailData(
  context: CommandContext,
  subscriptionId: Uuid,
): Promise<JsonObject | null> {
  const { accountId } = context
  return context.inTx(async (tx) => {
    const subscription = await findSubscription(tx, accountId, subscriptionId)
    if (subscription === null) return null
    const { customerId, productId } = subscription
    const [open] = await listOpenCases(tx, accountId, [subscriptionId])
    const invoiceId = open?.invoiceId ?? subscription.latestInvoiceId
    const invoice = invoiceId === null ? null : await findInvoice(tx, accountId, invoiceId)
    const recipients = await loadRecipients(tx, accountId, {
      customerIds: [customerId],
      productIds: productId === null ? [] : [productId],
    })
    const card = (await findChargedCards(tx, accountId, [{ subscriptionId, invoiceId }])).get(0)
    const customer = recipients.customers.get(customerId)
    return {
      ...(customer === undefined ? {} : toRecipient(recipients, { customer, productId, card })),
      invoice_number: invoice?.number ?? null,
      currency: subscription.currency,
      amount_minor: toWireMinor(invoice === null ? subscription.amountMinor : askedMinor(invoice)),
      due_date: formatInstantOrNull(invoice?.dueAt ?? null),
      period_start: formatInstantOrNull(invoice?.period?.start ?? null),
      period_end: formatInstantOrNull(invoice?.period?.end ?? null),
      next_retry_at: formatInstantOrNull(open?.nextAttemptAt ?? null),
      // A preview makes no link that would work, and is of no payment.
      card_link_token: 'sample',
      receipt_number: 'sample',
      paid_at: formatInstant(invoice?.paidAt ?? context.now),
      refunded_at: formatInstant(context.now),
      ...(invoice === null ? {} : await toBill(tx, accountId, invoice)),
    }
  })
}

/** What a mail about it names: what is owed, or was. */
function askedMinor(invoice: Invoice): bigint {
  const owed = owedMinor(invoice)
  return owed > 0n ? owed : invoice.totalMinor
}

async function toBill(tx: Tx, accountId: Uuid, invoice: Invoice): Promise<JsonObject> {
  const lines = await listInvoiceLines(tx, accountId, [invoice.id])
  return { total_minor: toWireMinor(invoice.totalMinor), ...toMailLines(lines) }
}
