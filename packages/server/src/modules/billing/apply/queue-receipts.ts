import type { Uuid } from '@perennial/core/ids'
import type { Transaction } from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import { recordMail } from '../../../platform/outbox/index.ts'
import type { JsonObject } from '../../../platform/wire/index.ts'
import { loadRecipients, toRecipient } from '../../dunning/index.ts'

type WantedReceipt = {
  readonly template: 'payment_receipt' | 'refund_receipt'
  /** The money that came, or went back. */
  readonly of: Transaction
  readonly at: Instant
  /** Null = the customer's own address. */
  readonly email: string | null
  readonly facts: JsonObject
}

/** Queues receipts, one for each movement of money. Deleted customers get none. */
export async function queueReceipts(
  tx: Tx,
  accountId: Uuid,
  given: { readonly receipts: readonly WantedReceipt[]; readonly nextId: () => Uuid },
): Promise<void> {
  const { receipts, nextId } = given
  if (receipts.length === 0) return
  const recipients = await loadRecipients(tx, accountId, {
    customerIds: receipts.map(({ of }) => of.customerId),
    productIds: [],
    withCards: false,
  })
  const mails = receipts.flatMap(({ template, of, at, email, facts }) => {
    const customer = recipients.customers.get(of.customerId)
    if (customer === undefined) return []
    const card = { brand: of.cardBrand, last4: of.cardLast4 }
    return [
      {
        accountId,
        id: nextId(),
        dedupeKey: `${template}:${of.id}`,
        to: email ?? customer.email,
        template,
        data: { ...toRecipient(recipients, { customer, productId: null, card }), ...facts },
        createdAt: at,
      },
    ]
  })
  await recordMail(tx, mails)
}
