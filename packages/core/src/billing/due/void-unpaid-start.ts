import { dropBill } from '../bills/drop-bill.ts'
import type { SubscriptionState, Work } from '../state/state.ts'

/**
 * The first bill ends with the subscription that it was to begin: it is voided, unless a charge for it is
 * in flight, whose end then settles or voids it.
 */
export function voidUnpaidStart(state: Pick<SubscriptionState, 'unpaidStart'>, work: Work): void {
  const { unpaidStart } = state
  if (unpaidStart !== null && unpaidStart.chargedAt === null) dropBill(unpaidStart, work)
}
