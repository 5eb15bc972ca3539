import { splitInstallments, type InstallmentRule } from '@perennial/core/billing'
import type { PlanWish } from './plan-item.ts'

/** Installments as stacked plans that end: each run of equal amounts is one, in cycles of its own. */
export function installmentPlans(wish: {
  readonly name: string
  readonly totalMinor: bigint
  readonly downPaymentMinor: bigint
  readonly rule: InstallmentRule
}): readonly PlanWish[] {
  const { name, totalMinor, ...how } = wish
  return splitInstallments(totalMinor, how).map(({ amountMinor, cycleFirst, cycleCount }) => ({
    name,
    component: 'standard',
    valueHundredths: amountMinor,
    cycleFirst,
    cycleCount,
    taxCode: null,
  }))
}
