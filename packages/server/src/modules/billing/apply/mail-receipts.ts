import { receiptsOf, type ChangeSet, type Receipt } from '@perennial/core/billing'
import { encodeId, type Uuid } from '@perennial/core/ids'
import { owedMinor, type Invoice } from '@perennial/core/invoices'
import { toWireMinor } from '@perennial/core/money'
import { formatInstant } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import { recordMail } from '../../../platform/outbox/index.ts'
import type { JsonObject } from '../../../platform/wire/index.ts'
import { findCustomers } from '../../customers/index.ts'
import { toRecipient } from '../../dunning/index.ts'
import { toMailLines } from '../../invoices/index.ts'
import type { BillingScope } from '../scope.ts'

/**
 * Receipts of the payments that these changes book, where they are asked for: one mail a payment, however often its gateway
 * tells of it. Deleted customers get none. Where none is due, nothing is read.
 */
export async function mailReceipts(
  tx: Tx,
  { accountId, account }: BillingScope,
  given: {
    readonly changes: ChangeSet
    readonly numbered: (invoice: Invoice) => Invoice
    readonly nextId: () => Uuid
  },
): Promise<void> {
  const { sendReceipts: everyPayment } = account.settings.mail
  const receipts = receiptsOf(given.changes, { everyPayment })
  if (receipts.length === 0) return
  const customerIds = [...new Set(receipts.map(({ payment }) => payment.customerId))]
  const found = await findCustomers(tx, accountId, customerIds)
  const customers = new Map(found.map((customer) => [customer.id, customer]))
  const recipients = { customers, cards: new Map(), productNames: new Map() }
  const mails = receipts.flatMap((receipt) => {
    const { payment, at } = receipt
    const customer = customers.get(payment.customerId)
    if (customer === undefined || customer.deletedAt !== null) return []
    const card = { brand: payment.cardBrand, last4: payment.cardLast4 }
    return [
      {
        accountId,
        id: given.nextId(),
        dedupeKey: `payment_receipt:${payment.id}`,
        to: receipt.email ?? customer.email,
        template: 'payment_receipt',
        data: {
          ...toRecipient(recipients, { customer, productId: null, card }),
          ...toFacts(receipt),
          ...toBill(receipt, given.numbered),
        },
        createdAt: at,
      },
    ]
  })
  await recordMail(tx, mails)
}

function toFacts({ payment, description }: Receipt): JsonObject {
  return {
    receipt_number: encodeId('transaction', payment.id),
    currency: payment.currency,
    amount_minor: toWireMinor(payment.amountMinor),
    paid_at: formatInstant(payment.createdAt),
    payment_method_type: payment.methodType,
    description,
  }
}

function toBill({ invoice, lines }: Receipt, numbered: (invoice: Invoice) => Invoice): JsonObject {
  if (invoice === null) return {}
  return {
    invoice_number: numbered(invoice).number,
    total_minor: toWireMinor(invoice.totalMinor),
    left_minor: toWireMinor(owedMinor(invoice)),
    ...toMailLines(lines),
  }
}
