import type { Uuid } from '@perennial/core/ids'
import type { BillingDeps } from '../../../modules/billing/index.ts'
import type { CommandContext } from '../../../platform/command/index.ts'
import { FaceRefusal } from '../face-refusal.ts'
import type { WantedPayer } from '../read/read-method.ts'
import type { WantedProcessing } from '../read/read-processing.ts'
import { customerOf, knownCustomer, placeMethods, readyMethods } from './place-methods.ts'

/** Whom a sale or an authorisation charges; the method becomes theirs within its transaction. */
export type Payer = (
  whole: CommandContext,
) => Promise<{ readonly customerId: Uuid; readonly paymentMethodId: Uuid }>

type NetworkWish = Pick<WantedProcessing, 'originalNetworkTransactionId'>

/**
 * The customer that is named, or else one that is made of a new method, or whose the vaulted one is. A new method is handed
 * to the processors; a vaulted one of another customer is refused.
 */
export async function readyPayer(
  deps: BillingDeps,
  context: CommandContext,
  { customerNumber, method, originalNetworkTransactionId }: WantedPayer & NetworkWish,
): Promise<Payer> {
  const known = await knownCustomer(context, customerNumber)
  const named = originalNetworkTransactionId === null ? {} : { originalNetworkTransactionId }
  const wanted = method === null ? [] : [{ ...method, ...named }]
  const methods = await readyMethods(deps, context, wanted)
  return async (whole) => {
    const customerId = await customerOf(whole, { known, customer: null, methods })
    const [placed] = await placeMethods(whole, { customerId, methods })
    if (placed === undefined) throw FaceRefusal.notFound('payment method')
    return { customerId, paymentMethodId: placed.paymentMethodId }
  }
}
