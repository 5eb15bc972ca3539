import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import { keepFirstNetworkTransaction, type BillingDeps } from '../../../modules/billing/index.ts'
import { attachPaymentMethod } from '../../../modules/payments/index.ts'
import type { CommandContext } from '../../../platform/command/index.ts'
import { FaceRefusal } from '../face-refusal.ts'
import { idOf } from '../numbers/numbers.ts'
import { readMethods } from '../queries.ts'
import type { WantedCustomer } from '../read/read-customer.ts'
import type { PlacedMethod } from '../read/read-method.ts'
import { makeCustomer } from './make-customer.ts'
import { vaultMethod } from './vault-method.ts'

export type Placed = {
  readonly paymentMethodId: Uuid
  readonly priority: number
  readonly taxMinor: bigint
}

/** Vaults new methods, and takes vaulted ones to the customer who is to be charged with them. */
export async function placeMethods(
  deps: BillingDeps,
  context: CommandContext,
  given: { readonly customerId: Uuid; readonly methods: readonly PlacedMethod[] },
): Promise<readonly Placed[]> {
  const placed: Placed[] = []
  for (const { method, priority, taxMinor, originalNetworkTransactionId } of given.methods) {
    const paymentMethodId =
      method.kind === 'new'
        ? (await vaultMethod(deps, context, { ...given, wanted: method.wanted })).id
        : await bring(context, { ...given, number: method.number })
    if (originalNetworkTransactionId !== null) {
      const of = { paymentMethodId, networkTransactionId: originalNetworkTransactionId }
      await context.inTx((tx) => keepFirstNetworkTransaction(tx, context.accountId, of))
    }
    placed.push({ paymentMethodId, priority, taxMinor })
  }
  return placed
}

async function bring(
  context: CommandContext,
  given: { readonly customerId: Uuid; readonly number: number },
): Promise<Uuid> {
  const id = await idOf(context, 'method', given.number)
  const { customerId } = given
  const decision = await attachPaymentMethod(context, { id, customerId })
  if (decision.kind === 'refused') throw FaceRefusal.notFound('payment method')
  return id
}

/** The customer that is named, or one that is made of what is given; else of the first method's name and address. */
export async function customerOf(
  context: CommandContext,
  wanted: {
    readonly customerNumber: number | null
    readonly customer: WantedCustomer | null
    readonly methods: readonly PlacedMethod[]
  },
): Promise<Uuid> {
  const { customerNumber, customer, methods } = wanted
  if (customerNumber !== null) return idOf(context, 'customer', customerNumber)
  if (customer !== null) return makeCustomer(context, customer)
  const [first] = methods
  assert(first !== undefined, 'a request without a method was refused')
  const { method } = first
  if (method.kind === 'new') return makeCustomer(context, toCustomer(method.wanted))
  const id = await idOf(context, 'method', method.number)
  const [known] = await context.inTx((tx) => readMethods(tx, context.accountId, [id]))
  assert(known !== undefined, 'a numbered method exists')
  return known.customerId
}

export function toCustomer(of: {
  readonly firstName: string | null
  readonly lastName: string | null
  readonly address: WantedCustomer['billingAddresses'][number] | null
}): WantedCustomer {
  const { firstName, lastName, address } = of
  return {
    reference: null,
    firstName,
    lastName,
    email: address?.email ?? null,
    billingAddresses: address === null ? [] : [address],
    shippingAddresses: [],
  }
}
