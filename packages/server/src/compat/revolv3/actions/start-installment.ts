import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import { allocate } from '@perennial/core/money'
import type { BillingDeps, PlanWish } from '../../../modules/billing/index.ts'
import type { CommandContext } from '../../../platform/command/index.ts'
import type { WantedInstallment } from '../read/read-installment.ts'
import { startSubscription } from './start-subscription.ts'

/** Installments are stacked plans that end: a down payment in the first cycle, equal parts in those after it. */
export async function startInstallment(
  deps: BillingDeps,
  context: CommandContext,
  given: { readonly customerId: Uuid; readonly wanted: WantedInstallment },
): Promise<Uuid> {
  const { customerId, wanted } = given
  const { frequency, method } = wanted
  assert(frequency !== null && method !== null, 'an installment without them was refused')
  const startable = {
    ...wanted,
    kind: 'installment',
    frequency,
    cancelMode: 'immediately',
    recyclesStart: false,
    customerNumber: null,
    customer: null,
    methods: [method],
    plans: toPlans(wanted),
  } as const
  return startSubscription(deps, context, {
    owner: { kind: 'known', customerId },
    wanted: startable,
  })
}

/** Without a down payment the first part is due at the start. */
export function toPlans(
  wanted: Pick<WantedInstallment, 'items' | 'downPaymentMinor' | 'type' | 'value'>,
): readonly PlanWish[] {
  const { items, downPaymentMinor } = wanted
  const totalMinor = items.reduce((sum, item) => sum + item.amountMinor, 0n)
  const name = items.map((item) => item.name).join(', ').slice(0, 255) // prettier-ignore
  const parts = partsOf(totalMinor - downPaymentMinor, wanted)
  const down = downPaymentMinor > 0n ? [downPaymentMinor] : []
  return runsOf([...down, ...parts]).map(({ amountMinor, cycleFirst, cycleCount }) => ({
    name,
    component: 'standard',
    valueHundredths: amountMinor,
    cycleFirst,
    cycleCount,
    taxCode: null,
  }))
}

/** What is left after the down payment, cycle by cycle; the last one takes the rest. */
function partsOf(
  balanceMinor: bigint,
  { type, value }: Pick<WantedInstallment, 'type' | 'value'>,
): bigint[] {
  if (balanceMinor <= 0n) return []
  if (type === 'Count') return allocate(balanceMinor, Array.from({ length: Number(value) }, () => 1n)) // prettier-ignore
  const whole = Number(balanceMinor / value)
  const rest = balanceMinor % value
  return [...Array.from({ length: whole }, () => value), ...(rest > 0n ? [rest] : [])]
}

/** Equal amounts in a row are one plan. */
function runsOf(amounts: readonly bigint[]) {
  const runs: { amountMinor: bigint; cycleFirst: number; cycleCount: number }[] = []
  for (const [cycle, amountMinor] of amounts.entries()) {
    const last = runs.at(-1)
    if (last?.amountMinor === amountMinor) last.cycleCount += 1
    else runs.push({ amountMinor, cycleFirst: cycle, cycleCount: 1 })
  }
  return runs
}
