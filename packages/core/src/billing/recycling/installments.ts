import { assert } from '../../fault/index.ts'
import { allocate, toWireMinor } from '../../money/index.ts'

/** Fifty years of months. */
export const INSTALLMENTS_MAX = 600

/** Equal amounts, cycle after cycle; the last takes the rest. Or so many parts that are as equal as they can be. */
export type InstallmentRule =
  | { readonly kind: 'amount'; readonly amountMinor: bigint }
  | { readonly kind: 'count'; readonly count: number }

/** The same amount in cycles that follow one another. */
export type InstallmentRun = {
  readonly amountMinor: bigint
  readonly cycleFirst: number
  readonly cycleCount: number
}

/**
 * What each cycle asks for, cycle 0 first: the down payment, where there is one, and what is left of the total after it
 * (spec/revolv3.md 11). The runs sum to the total. Faults: more than `INSTALLMENTS_MAX` cycles.
 */
export function splitInstallments(
  totalMinor: bigint,
  of: { readonly downPaymentMinor: bigint; readonly rule: InstallmentRule },
): readonly InstallmentRun[] {
  const { downPaymentMinor, rule } = of
  assert(installmentCount(totalMinor, of) <= INSTALLMENTS_MAX, 'installments come to an end')
  const down = downPaymentMinor > 0n ? [downPaymentMinor] : []
  return runsOf([...down, ...partsOf(totalMinor - downPaymentMinor, rule)])
}

/** How many cycles that takes at most, to be asked before a split that may have very many parts. */
export function installmentCount(
  totalMinor: bigint,
  of: { readonly downPaymentMinor: bigint; readonly rule: InstallmentRule },
): number {
  const { downPaymentMinor, rule } = of
  const balanceMinor = totalMinor - downPaymentMinor
  const down = downPaymentMinor > 0n ? 1 : 0
  if (balanceMinor <= 0n) return down
  if (rule.kind === 'count') return down + rule.count
  return down + toWireMinor((balanceMinor + rule.amountMinor - 1n) / rule.amountMinor)
}

function partsOf(balanceMinor: bigint, rule: InstallmentRule): bigint[] {
  if (balanceMinor <= 0n) return []
  if (rule.kind === 'count')
    return allocate(balanceMinor, Array.from({ length: rule.count }, () => 1n)).filter((part) => part > 0n) // prettier-ignore
  const whole = toWireMinor(balanceMinor / rule.amountMinor)
  const rest = balanceMinor % rule.amountMinor
  return [...Array.from({ length: whole }, () => rule.amountMinor), ...(rest > 0n ? [rest] : [])]
}

function runsOf(amounts: readonly bigint[]): InstallmentRun[] {
  const runs: { amountMinor: bigint; cycleFirst: number; cycleCount: number }[] = []
  for (const [cycle, amountMinor] of amounts.entries()) {
    const last = runs.at(-1)
    if (last?.amountMinor === amountMinor) last.cycleCount += 1
    else runs.push({ amountMinor, cycleFirst: cycle, cycleCount: 1 })
  }
  return runs
}
