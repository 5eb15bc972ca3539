import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import { keepFirstNetworkTransaction, type BillingDeps } from '../../../modules/billing/index.ts'
import {
  attachPaymentMethod,
  findIntent,
  updatePaymentMethod,
} from '../../../modules/payments/index.ts'
import type { CommandContext } from '../../../platform/command/index.ts'
import { FaceRefusal } from '../face-refusal.ts'
import { idOf } from '../numbers/numbers.ts'
import { readMethods, type FaceMethod } from '../queries/objects.ts'
import type { WantedCustomer } from '../read/read-customer.ts'
import type { PlacedMethod } from '../read/read-method.ts'
import { METHOD_KEYS } from '../show/show-method.ts'
import { makeCustomer } from './make-customer.ts'
import { keepMethod, readyMethod, type ReadyMethod } from './vault-method.ts'

export type Placed = {
  readonly paymentMethodId: Uuid
  readonly priority: number
  readonly taxMinor: bigint
}

/** A method that can be placed without asking anybody: new and examined, or vaulted. */
export type ReadyPlace = Pick<
  PlacedMethod,
  'priority' | 'taxMinor' | 'originalNetworkTransactionId'
> & {
  readonly method:
    | { readonly kind: 'new'; readonly ready: ReadyMethod }
    | { readonly kind: 'vaulted'; readonly vaulted: FaceMethod }
}

/** Hands new methods to the processors and finds vaulted ones; nothing is written. */
export async function readyMethods(
  deps: BillingDeps,
  context: CommandContext,
  methods: readonly PlacedMethod[],
): Promise<readonly ReadyPlace[]> {
  const ready: ReadyPlace[] = []
  for (const { method, ...place } of methods)
    ready.push({
      ...place,
      method:
        method.kind === 'new'
          ? { kind: 'new', ready: await readyMethod(deps, context, method.wanted) }
          : { kind: 'vaulted', vaulted: await findVaulted(context, method) },
    })
  return ready
}

async function findVaulted(
  context: CommandContext,
  { kind, number }: Exclude<PlacedMethod['method'], { readonly kind: 'new' }>,
): Promise<FaceMethod> {
  const id =
    kind === 'existing'
      ? await idOf(context, 'method', number)
      : await authorizedMethod(context, number)
  const [vaulted] = await context.inTx((tx) => readMethods(tx, context.accountId, [id]))
  if (vaulted === undefined || vaulted.status === 'inactive')
    throw FaceRefusal.notFound('payment method')
  return vaulted
}

/** What an authorisation was made with; one that was let go of, or has lapsed, names nothing any more. */
async function authorizedMethod(context: CommandContext, number: number): Promise<Uuid> {
  const intentId = await idOf(context, 'authorization', number)
  const intent = await context.inTx((tx) => findIntent(tx, context.accountId, intentId))
  const id = intent?.paymentMethodId ?? null
  if (id === null) throw FaceRefusal.notFound('authorization')
  if (intent?.status === 'canceled')
    throw new FaceRefusal(422, 'The authorization was reversed or has expired. Name its paymentMethodId.') // prettier-ignore
  return id
}

/** Gives new methods to the customer who is to be charged with them; vaulted ones are theirs, or become it. */
export async function placeMethods(
  context: CommandContext,
  given: { readonly customerId: Uuid; readonly methods: readonly ReadyPlace[] },
): Promise<readonly Placed[]> {
  const { customerId } = given
  const placed: Placed[] = []
  for (const { method, priority, taxMinor, originalNetworkTransactionId } of given.methods) {
    const paymentMethodId =
      method.kind === 'new'
        ? await keepMethod(context, { customerId, ready: method.ready })
        : await bring(context, { customerId, vaulted: method.vaulted })
    if (originalNetworkTransactionId !== null) {
      const of = { paymentMethodId, networkTransactionId: originalNetworkTransactionId }
      await context.inTx((tx) => keepFirstNetworkTransaction(tx, context.accountId, of))
    }
    placed.push({ paymentMethodId, priority, taxMinor })
  }
  return placed
}

/**
 * A method that was vaulted by itself goes to the first customer that names it. Any other stays with its customer:
 * moved, it would be gone from what it pays for there.
 */
async function bring(
  context: CommandContext,
  given: { readonly customerId: Uuid; readonly vaulted: FaceMethod },
): Promise<Uuid> {
  const { customerId, vaulted } = given
  const { id, metadata, customerId: fromId } = vaulted
  const isLoose = metadata[METHOD_KEYS.isLoose] === true
  if (fromId !== customerId) {
    if (!isLoose) throw ofAnother()
    const decision = await attachPaymentMethod(context, { id, customerId, fromId })
    if (decision.kind === 'refused') throw ofAnother()
  }
  if (isLoose) await updatePaymentMethod(context, { id, metadata: { [METHOD_KEYS.isLoose]: null } })
  return id
}

function ofAnother(): FaceRefusal {
  const message = 'The payment method belongs to another customer. Vault it again for this one.'
  return new FaceRefusal(422, message)
}

/** The customer that is named, or one that is made of what is given; else of the first method's name and address. */
export async function customerOf(
  context: CommandContext,
  wanted: {
    readonly known: Uuid | null
    readonly customer: WantedCustomer | null
    readonly methods: readonly ReadyPlace[]
  },
): Promise<Uuid> {
  const { known, customer, methods } = wanted
  if (known !== null) return known
  if (customer !== null) return makeCustomer(context, customer)
  const [first] = methods
  assert(first !== undefined, 'a request without a method was refused')
  const { method } = first
  return method.kind === 'new'
    ? makeCustomer(context, toCustomer(method.ready.wanted))
    : method.vaulted.customerId
}

/** Who is named by number. */
export async function knownCustomer(
  context: CommandContext,
  number: number | null,
): Promise<Uuid | null> {
  return number === null ? null : idOf(context, 'customer', number)
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
