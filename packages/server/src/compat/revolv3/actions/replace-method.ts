import type { Uuid } from '@perennial/core/ids'
import {
  chargeReplaced,
  replacePrimaryMethod,
  type BillingDeps,
} from '../../../modules/billing/index.ts'
import { asOne, type CommandContext } from '../../../platform/command/index.ts'
import { FaceRefusal } from '../face-refusal.ts'
import type { PlacedMethod } from '../read/read-method.ts'
import { placeMethods, readyMethods } from './place-methods.ts'

/** Puts a method into the first one's place: it is kept with the change, or not at all where that is refused. */
export async function replaceMethod(
  deps: BillingDeps,
  context: CommandContext,
  given: {
    readonly subscriptionId: Uuid
    readonly customerId: Uuid
    readonly wanted: PlacedMethod
  },
): Promise<void> {
  const { subscriptionId, customerId, wanted } = given
  const methods = await readyMethods(deps, context, [wanted])
  const replaced = await asOne(context, async (whole) => {
    const [placed] = await placeMethods(whole, { customerId, methods })
    if (placed === undefined) throw FaceRefusal.notFound('payment method')
    const decision = await replacePrimaryMethod(deps, whole, { subscriptionId, ...placed })
    if (decision.kind === 'accepted') return decision.value
    const isOfMethod = decision.code === 'payment_method_not_found'
    throw FaceRefusal.notFound(isOfMethod ? 'payment method' : 'subscription')
  })
  await chargeReplaced(deps, context, replaced)
}
