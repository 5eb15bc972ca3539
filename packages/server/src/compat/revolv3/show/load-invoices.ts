import type { Uuid } from '@perennial/core/ids'
import type { InvoiceLine } from '@perennial/core/invoices'
import type { SubscriptionItem } from '@perennial/core/subscriptions'
import { listTerms, type StoredTerms } from '../../../modules/billing/index.ts'
import {
  findInvoices,
  listInvoiceLines,
  type StoredInvoice,
} from '../../../modules/invoices/index.ts'
import { listItems, listRenewalsOfInvoices } from '../../../modules/subscriptions/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { readVoidsOf, type FaceVoid } from '../queries/invoices.ts'
import { numbersOf } from '../numbers/numbers.ts'
import type { Numbered } from '../numbers/queries.ts'
import {
  readAttempts,
  readChargedBack,
  readFaceCustomers,
  readMethods,
  readPaidOutside,
  readRecyclingInvoices,
  readRefundsOf,
  type FaceAttempt,
  type FaceCustomer,
  type FaceMethod,
  type FaceRefund,
} from '../queries/objects.ts'

/** An invoice with everything that this face tells of it. */
export type ShownInvoice = {
  readonly invoice: StoredInvoice
  readonly lines: readonly InvoiceLine[]
  readonly items: readonly SubscriptionItem[]
  readonly attempts: readonly FaceAttempt[]
  readonly refunds: readonly FaceRefund[]
  readonly voids: readonly FaceVoid[]
  readonly methods: readonly FaceMethod[]
  readonly customer: FaceCustomer | undefined
  readonly terms: StoredTerms | undefined
  readonly merchantName: string
  readonly isRecycling: boolean
  readonly isRecurring: boolean
  readonly isPaidOutside: boolean
  readonly isChargedBack: boolean
}

/** In the order of the ids; what the account does not have is left out. */
export async function loadInvoices(
  tx: Tx,
  account: { readonly id: Uuid; readonly name: string },
  ids: readonly Uuid[],
) {
  const { id: accountId } = account
  const invoices = await findInvoices(tx, accountId, ids)
  const subscriptionIds = [...new Set(invoices.flatMap((one) => one.subscriptionId ?? []))]
  const customerIds = [...new Set(invoices.map((one) => one.customerId))]
  const [
    lines,
    items,
    attempts,
    refunds,
    voids,
    customers,
    terms,
    recycling,
    renewals,
    outside,
    chargedBack,
  ] = await Promise.all([
    listInvoiceLines(tx, accountId, ids),
    listItems(tx, accountId, subscriptionIds),
    readAttempts(tx, accountId, ids),
    readRefundsOf(tx, accountId, ids),
    readVoidsOf(tx, accountId, ids),
    readFaceCustomers(tx, accountId, customerIds),
    listTerms(tx, accountId, subscriptionIds),
    readRecyclingInvoices(tx, accountId, ids),
    listRenewalsOfInvoices(tx, accountId, ids),
    readPaidOutside(tx, accountId, ids),
    readChargedBack(tx, accountId, ids),
  ])
  const methodIds = [...new Set(attempts.map((one) => one.paymentMethodId))]
  const methods = await readMethods(tx, accountId, methodIds)
  const shown = ids.flatMap((id): ShownInvoice[] => {
    const invoice = invoices.find((one) => one.id === id)
    if (invoice === undefined) return []
    return [
      {
        invoice,
        lines: lines.filter((line) => line.invoiceId === id),
        items: items.filter((item) => item.subscriptionId === invoice.subscriptionId),
        attempts: attempts.filter((one) => one.invoiceId === id),
        refunds: refunds.filter((one) => one.invoiceId === id),
        voids: voids.filter((one) => one.invoiceId === id),
        methods,
        customer: customers.find((one) => one.customerId === invoice.customerId),
        terms: terms.find((one) => one.subscriptionId === invoice.subscriptionId),
        merchantName: account.name,
        isRecycling: recycling.has(id),
        isRecurring: renewals.some((one) => one.invoiceId === id),
        isPaidOutside: outside.has(id),
        isChargedBack: chargedBack.has(id),
      },
    ]
  })
  return { shown, numberOf: await numbersOf(tx, accountId, shown.flatMap(numberedIn)) }
}

function numberedIn({ invoice, lines, attempts, refunds, terms }: ShownInvoice): Numbered[] {
  const { subscriptionId } = invoice
  return [
    { kind: 'invoice', id: invoice.id },
    { kind: 'customer', id: invoice.customerId },
    ...(subscriptionId === null
      ? []
      : [{ kind: terms?.kind ?? 'subscription', id: subscriptionId } as const]),
    ...lines.map(({ id }) => ({ kind: 'invoice_line', id }) as const),
    ...attempts.map(({ id }) => ({ kind: 'attempt', id }) as const),
    ...attempts.map(({ paymentMethodId: id }) => ({ kind: 'method', id }) as const),
    ...refunds.map(({ id }) => ({ kind: 'refund', id }) as const),
  ]
}
