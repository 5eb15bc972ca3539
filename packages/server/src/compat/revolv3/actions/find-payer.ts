import type { Uuid } from '@perennial/core/ids'
import type { BillingDeps } from '../../../modules/billing/index.ts'
import type { CommandContext } from '../../../platform/command/index.ts'
import { FaceRefusal } from '../face-refusal.ts'
import { idOf } from '../numbers/numbers.ts'
import type { WantedPayer } from '../read/read-method.ts'
import type { WantedProcessing } from '../read/read-processing.ts'
import {
  customerOf,
  knownCustomer,
  placeMethods,
  readyMethods,
  vaultedMethod,
} from './place-methods.ts'

/** Whom a sale or an authorisation charges; a new method becomes theirs within its transaction. */
export type Payer = (
  whole: CommandContext,
) => Promise<{ readonly customerId: Uuid; readonly paymentMethodId: Uuid }>

type NetworkWish = Pick<WantedProcessing, 'originalNetworkTransactionId'>

/** Who brings a new method: the customer that is named, or one that is made of the method. Hands it to the processors. */
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

/**
 * Who has vaulted the method that is named: the customer who is named beside it, or whose it is. One that was vaulted by
 * itself is theirs from then on. A method of another customer is refused.
 */
export async function vaultedPayer(
  context: CommandContext,
  wanted: NetworkWish & Pick<WantedPayer, 'customerNumber'> & { readonly method: number | null },
): Promise<Payer> {
  const { originalNetworkTransactionId } = wanted
  const known = await knownCustomer(context, wanted.customerNumber)
  const id = await idOf(context, 'method', wanted.method)
  return async (whole) => {
    const vaulted = await vaultedMethod(whole, id)
    const customerId = known ?? vaulted.customerId
    const method = { kind: 'vaulted', vaulted } as const
    const place = { method, priority: 0, taxMinor: 0n, originalNetworkTransactionId }
    await placeMethods(whole, { customerId, methods: [place] })
    return { customerId, paymentMethodId: id }
  }
}
