import { isOpen, type Invoice } from '../../invoices/index.ts'

/**
 * Whether a merchant may say what became of a bill, such as that it was paid elsewhere: while it is owed after it has been
 * tried, or is a draft of no renewal (spec/revolv3.md 9.3). What was given up, paid or voided stays so.
 */
export function mayCloseByHand(bill: {
  readonly status: Invoice['status']
  readonly attemptsMade: number
  readonly isOfRenewal: boolean
}): boolean {
  const { status, attemptsMade, isOfRenewal } = bill
  if (isOpen(status)) return attemptsMade > 0
  return (status === 'draft' || status === 'pending_approval') && !isOfRenewal
}
