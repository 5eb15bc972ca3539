import type { Uuid } from '../../ids/index.ts'
import type { Invoice, InvoiceLine } from '../../invoices/index.ts'
import type { Transaction } from '../../payments/index.ts'
import type { Instant } from '../../time/index.ts'
import type { ChangeSet } from '../state/change-set.ts'

/** A payment that has gone through, and what its receipt can say of it. */
export type Receipt = {
  readonly payment: Transaction
  readonly at: Instant
  /** Where its payment intent wants it; null = the customer's own address. */
  readonly email: string | null
  /** What its payment intent says it is for. */
  readonly description: string | null
  /** What it was for, as the payment leaves it; null = no invoice. */
  readonly invoice: Invoice | null
  /** Of the invoice once all of it is paid: before, they add up to more than that. */
  readonly lines: readonly InvoiceLine[]
}

/**
 * The receipts that decisions give reason to: one for each payment that has gone through, whenever its gateway said so.
 * Without `everyPayment` only those that a payment intent asks for by its `receiptEmail`.
 */
export function receiptsOf(
  changes: ChangeSet,
  { everyPayment }: { readonly everyPayment: boolean },
): Receipt[] {
  const { changedIntents, newInvoices, changedInvoices, facts } = changes
  if (!everyPayment && changedIntents.every(({ receiptEmail }) => receiptEmail === null)) return []
  const intents = byId(changedIntents)
  const invoices = byId([...newInvoices, ...changedInvoices])
  const lines = new Map(
    facts.flatMap(({ type, subject }) =>
      type === 'invoice.paid' && subject.kind === 'invoice'
        ? [[subject.invoice.id, subject.lines] as const]
        : [],
    ),
  )
  return facts.flatMap(({ type, subject, at }): Receipt[] => {
    if (type !== 'payment.succeeded' || subject.kind !== 'transaction') return []
    const { transaction: payment } = subject
    const intent = findIn(intents, payment.paymentIntentId)
    const email = intent?.receiptEmail ?? null
    if (!everyPayment && email === null) return []
    return [
      {
        payment,
        at,
        email,
        description: intent?.description ?? null,
        invoice: findIn(invoices, payment.invoiceId),
        lines: findIn(lines, payment.invoiceId) ?? [],
      },
    ]
  })
}

function byId<T extends { readonly id: Uuid }>(rows: readonly T[]): ReadonlyMap<Uuid, T> {
  return new Map(rows.map((row) => [row.id, row]))
}

function findIn<T>(found: ReadonlyMap<Uuid, T>, id: Uuid | null): T | null {
  return id === null ? null : (found.get(id) ?? null)
}
