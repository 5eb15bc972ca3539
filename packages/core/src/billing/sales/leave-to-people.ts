import type { Uuid } from '../../ids/index.ts'
import { owedMinor, type Invoice } from '../../invoices/index.ts'
import { exhaustCase, openCase } from '../../recovery/index.ts'
import type { Work } from '../state/state.ts'
import type { SoldState } from '../state/sold-state.ts'

/** What is owed on a sale that has begun. Tries are for people to make: the case only tells what is left. */
export function leaveToPeople(
  { policy }: Pick<SoldState, 'policy'>,
  left: {
    readonly invoice: Invoice
    /** The first that the sale has begun; null for a sale of one-time products alone. */
    readonly subscriptionId: Uuid | null
    readonly declineCode: string
  },
  { at, tools, changes }: Work,
): void {
  const { invoice, subscriptionId, declineCode } = left
  const given = {
    id: tools.nextId(),
    invoiceId: invoice.id,
    subscriptionId,
    customerId: invoice.customerId,
    amountMinor: owedMinor(invoice),
    currency: invoice.currency,
  }
  changes.newCases.push(exhaustCase(openCase(given, declineCode, policy, at), at))
}
