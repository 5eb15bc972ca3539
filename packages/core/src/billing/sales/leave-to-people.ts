import type { Uuid } from '../../ids/index.ts'
import type { Invoice } from '../../invoices/index.ts'
import { exhaustCase } from '../../recovery/index.ts'
import { openBillCase } from '../failed/open-bill-case.ts'
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
  work: Work,
): void {
  const { invoice, ...failed } = left
  const open = openBillCase(invoice, { ...failed, policy }, work)
  work.changes.newCases.push(exhaustCase(open, work.at))
}
