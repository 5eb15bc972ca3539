import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import { installmentPlans, type BillingDeps } from '../../../modules/billing/index.ts'
import type { CommandContext } from '../../../platform/command/index.ts'
import type { WantedInstallment } from '../read/read-installment.ts'
import { startSubscription } from './start-subscription.ts'

/** Installments are stacked plans that end (`installmentPlans`). */
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
function toPlans({ items, downPaymentMinor, rule }: WantedInstallment) {
  const totalMinor = items.reduce((sum, item) => sum + item.amountMinor, 0n)
  const name = items.map((item) => item.name).join(', ').slice(0, 255) // prettier-ignore
  return installmentPlans({ name, totalMinor, downPaymentMinor, rule })
}
