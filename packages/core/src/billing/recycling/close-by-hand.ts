import { isOpen, type Invoice } from '../../invoices/index.ts'

/**
 * Whether a merchant may say what became of a bill, such as that it was paid elsewhere: while it is owed after it has been
 * tried, or is recycled because there was nothing to try, or is a draft of no renewal (spec/revolv3.md 9.3). What was given up, paid or voided stays so.
 */
export function mayCloseByHand(bill: {
  readonly status: Invoice['status']
  readonly attemptsMade: number
  /** Its recovery is under way. */
  readonly isRecycled: boolean
  readonly isOfRenewal: boolean
}): boolean {
  const { status, attemptsMade, isRecycled, isOfRenewal } = bill
  if (isOpen(status)) return attemptsMade > 0 || isRecycled
  return (status === 'draft' || status === 'pending_approval') && !isOfRenewal
}
