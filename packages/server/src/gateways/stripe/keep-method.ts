import Stripe from 'stripe'
import { readText } from '../../platform/foreign/index.ts'
import { toFailure } from './failure.ts'
import { type KnownMethod, type MethodBook, toKnownMethod } from './payment-method.ts'
import type { StripeApi } from './stripe-client.ts'

export type KeepTools = { readonly api: StripeApi; readonly methods: MethodBook }

/**
 * A method that may be charged again and again: one that no customer holds pays once, and is refused ever after
 * (docs.stripe.com/api/payment_methods/attach). `key` is the caller's idempotency key. Null when the vendor does not know
 * the token; throws when it does not answer, and when it refuses a card.
 */
export async function findKept(
  tools: KeepTools,
  wish: {
    readonly token: string
    readonly key: string
    readonly holderToken?: string | undefined
  },
): Promise<KnownMethod | null> {
  const { token, key, holderToken } = wish
  const method = await tools.methods.find(token)
  if (method === null || method.customer !== null || isTestName(method.id)) return method
  return keepFor(tools, { method, key, holderToken })
}

/** `pm_card_visa`, or `tok_visa` in the card world: a new method at each use, which no customer has to hold. */
function isTestName(id: string): boolean {
  return /^(tok|pm_[a-z]+)_/i.test(id)
}

/**
 * Has the customer hold the method who holds `holderToken`, or else a new one. Where that is not to be had, the method
 * stays as it is and pays once: a restricted key may not write customers, and some debits are attached by their mandate.
 */
export async function keepFor(
  tools: KeepTools,
  of: {
    readonly method: KnownMethod
    readonly key: string
    readonly holderToken?: string | undefined
  },
): Promise<KnownMethod> {
  const { method, key, holderToken } = of
  try {
    const customer = await giveHolder(tools, { id: method.id, key, holderToken })
    const kept = { ...method, customer }
    tools.methods.note(method.id, kept)
    return kept
  } catch (error) {
    const isRefused = toFailure(error).kind === 'refused'
    if (error instanceof Stripe.errors.StripePermissionError) return method
    if (isRefused && method.type !== 'card') return method
    throw error
  }
}

type Wish = { readonly id: string; readonly key: string; readonly holderToken?: string | undefined }

async function giveHolder(tools: KeepTools, wish: Wish): Promise<string> {
  try {
    return (await attachBeside(tools, wish)) ?? (await makeCustomer(tools, wish))
  } catch (error) {
    // Another call has attached it meanwhile, or one whose answer was lost.
    const holder = toFailure(error).kind === 'refused' ? await holderOf(tools, wish.id) : null
    if (holder !== null) return holder
    throw error
  }
}

/** Null where the vendor knows no customer who holds the other method, or will not have them hold this one as well. */
async function attachBeside(
  { api, methods }: KeepTools,
  { id, holderToken }: Wish,
): Promise<string | null> {
  if (holderToken === undefined) return null
  try {
    const customer = await holderOf({ methods }, holderToken)
    if (customer === null) return null
    const attached = await api.client.paymentMethods.attach(id, { customer })
    if (toKnownMethod(attached, id).customer !== customer) throw new Error('the gateway answered nonsense') // prettier-ignore
    return customer
  } catch (error) {
    const isRefusedCard = error instanceof Stripe.errors.StripeCardError
    if (toFailure(error).kind === 'refused' && !isRefusedCard) return null
    throw error
  }
}

/** One call makes the customer and attaches: a method that is refused leaves no customer behind. */
async function makeCustomer({ api }: KeepTools, { id, key }: Wish): Promise<string> {
  const options = { idempotencyKey: `${key}:customer` }
  const made: unknown = await api.client.customers.create({ payment_method: id }, options)
  const customer = readText(made, 'id')
  if (customer === null) throw new Error('the gateway answered nonsense')
  return customer
}

async function holderOf(
  { methods }: Pick<KeepTools, 'methods'>,
  token: string,
): Promise<string | null> {
  return (await methods.find(token))?.customer ?? null
}
