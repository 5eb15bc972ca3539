import { toWireMinor } from '../../money/index.ts'
import { itemAmount, type SubscriptionItem } from '../../subscriptions/index.ts'
import type { SubscriptionState } from '../state/state.ts'

/** The plans that are billed: of an installment, the parts that extra payments have left. */
export function billedItems({
  items,
  recycling,
}: Pick<SubscriptionState, 'items' | 'recycling'>): readonly SubscriptionItem[] {
  const paidMinor = recycling?.extraPayments?.paidMinor ?? 0n
  return paidMinor > 0n ? partsLeft(items, paidMinor) : items
}

/**
 * The parts of an installment without the last ones, which are paid; of the last of what is left so much as is not. All
 * items are fixed amounts in cycles of their own (`splitInstallments`).
 */
export function partsLeft(
  items: readonly SubscriptionItem[],
  paidMinor: bigint,
): readonly SubscriptionItem[] {
  let unspent = paidMinor
  const left: SubscriptionItem[] = []
  for (const item of items.toSorted((one, other) => other.cycleFirst - one.cycleFirst)) {
    const { cycleFirst, cycleCount } = item
    const partMinor = itemAmount(item)
    if (unspent === 0n || cycleCount === null || partMinor === 0n) {
      left.push(item)
      continue
    }
    const count = BigInt(cycleCount)
    const whole = unspent / partMinor < count ? unspent / partMinor : count
    unspent -= whole * partMinor
    const kept = toWireMinor(count - whole)
    if (kept === 0) continue
    const cut = unspent > 0n ? 1 : 0
    if (cut > 0) {
      const last = { ...item, cycleFirst: cycleFirst + kept - 1, cycleCount: 1 }
      left.push({ ...last, ownAmountMinor: partMinor - unspent })
      unspent = 0n
    }
    if (kept > cut) left.push({ ...item, cycleCount: kept - cut })
  }
  return left.toReversed()
}

/** Nobody knows yet whether it is paid. */
export function isExtraUnderWay({ recycling }: Pick<SubscriptionState, 'recycling'>): boolean {
  return (recycling?.extraPayments?.underWayMinor ?? 0n) > 0n
}

/** What an installment still asks for in cycles that are not billed yet, and that nothing is on its way for. */
export function restMinor(
  state: Pick<SubscriptionState, 'items' | 'recycling' | 'subscription'>,
): bigint {
  const { paidMinor = 0n, underWayMinor = 0n } = state.recycling?.extraPayments ?? {}
  const next = state.subscription.cycle + 1
  return partsLeft(state.items, paidMinor + underWayMinor).reduce((sum, item) => {
    const { cycleFirst, cycleCount } = item
    const billed = Math.max(0, next - cycleFirst)
    const cycles = Math.max(0, (cycleCount ?? 0) - billed)
    return sum + BigInt(cycles) * itemAmount(item)
  }, 0n)
}
