import type { Uuid } from '../ids/index.ts'
import { transfer, type Transfer } from '../ledger/index.ts'
import type { Instant } from '../time/index.ts'
import { owedMinor, type Invoice } from './invoice.ts'

/** An issued invoice and how much of the customer's credit it has used. */
export type CreditApplied = { readonly invoice: Invoice; readonly usedMinor: bigint }

/** Pays an invoice that is just issued out of the customer's credit, as far as it goes. */
export function applyCredit(invoice: Invoice, balanceMinor: bigint, at: Instant): CreditApplied {
  const owed = owedMinor(invoice)
  const usedMinor = balanceMinor < owed ? balanceMinor : owed
  if (usedMinor <= 0n) return { invoice, usedMinor: 0n }
  const isPaid = usedMinor === owed
  return {
    usedMinor,
    invoice: {
      ...invoice,
      paidMinor: invoice.paidMinor + usedMinor,
      creditAppliedMinor: invoice.creditAppliedMinor + usedMinor,
      status: isPaid ? 'paid' : 'partially_paid',
      paidAt: isPaid ? at : null,
    },
  }
}

type CreditUse = Pick<Invoice, 'id' | 'version' | 'customerId' | 'currency'> & {
  readonly usedMinor: bigint
}

/** What the customer was owed as credit pays what they owe; the version tells one use from the next. */
export function creditTransfers(use: CreditUse, at: Instant, nextId: () => Uuid): Transfer[] {
  return post(use, { at, nextId, isReturn: false })
}

/** A voided invoice gives the credit back that it had used. */
export function creditReturnTransfers(use: CreditUse, at: Instant, nextId: () => Uuid): Transfer[] {
  return post(use, { at, nextId, isReturn: true })
}

function post(
  use: CreditUse,
  given: { readonly at: Instant; readonly nextId: () => Uuid; readonly isReturn: boolean },
): Transfer[] {
  if (use.usedMinor === 0n) return []
  const { at, nextId, isReturn } = given
  return [
    transfer({
      id: nextId(),
      at,
      debit: isReturn ? 'receivable' : 'customer_credit',
      credit: isReturn ? 'customer_credit' : 'receivable',
      amountMinor: use.usedMinor,
      currency: use.currency,
      customerId: use.customerId,
      invoiceId: use.id,
      gatewayId: null,
      sourceKind: isReturn ? 'credit_returned' : 'credit_applied',
      sourceId: use.id,
      sourcePosition: use.version,
      reversalOf: null,
    }),
  ]
}
