import type { CardDetails, GatewayMethodType } from '@perennial/core/payments'
import type Stripe from 'stripe'
import { readNumber, readText } from '../../platform/foreign/index.ts'
import { isMissing, toFailure } from './failure.ts'
import type { StripeApi } from './stripe-client.ts'

/** What charging a payment method takes. */
export type KnownMethod = {
  readonly id: string
  /** Without a customer the vendor lets it pay once. */
  readonly customer: string | null
  readonly type: VendorType
}

const TYPES = {
  card: 'card',
  us_bank_account: 'us_bank_account',
  sepa_debit: 'bank_account',
  bacs_debit: 'bacs_direct_debit',
} as const satisfies Record<string, GatewayMethodType>
type VendorType = keyof typeof TYPES

function isVendorType(type: string | null): type is VendorType {
  return type !== null && Object.hasOwn(TYPES, type)
}

/** `pm_…`, or `pm_…|cus_…` where the customer is known. */
function readToken(token: string): { readonly id: string; readonly customer: string | null } {
  const [id = '', customer = null] = token.split('|')
  return { id, customer }
}

/** Payment methods whose customer and type have been asked for; of a method neither changes once it has one. */
const REMEMBERED_MAX = 20_000

export type MethodBook = {
  /** Null when the vendor does not know the token; throws when it does not answer. */
  find(token: string): Promise<KnownMethod | null>
  /** Spares the next question about it. */
  note(token: string, method: KnownMethod): void
}

export function openMethodBook(api: StripeApi): MethodBook {
  const known = new Map<string, KnownMethod>()
  const note: MethodBook['note'] = (token, method) => {
    if (method.customer === null) return
    if (known.size >= REMEMBERED_MAX) known.clear()
    known.set(token, method)
  }
  return {
    note,
    find: async (token) => {
      const remembered = known.get(token)
      if (remembered !== undefined) return remembered
      const found = await retrieve(api, token)
      if (found === null) return null
      const { id, customer } = readToken(token)
      const method = { ...toKnownMethod(found, id), ...(customer === null ? {} : { customer }) }
      note(token, method)
      return method
    },
  }
}

export function toKnownMethod(method: unknown, id: string): KnownMethod {
  const type = readText(method, 'type')
  return { id, customer: customerOf(method), type: isVendorType(type) ? type : 'card' }
}

function customerOf(method: unknown): string | null {
  return readText(method, 'customer') ?? readText(method, 'customer', 'id')
}

async function retrieve(api: StripeApi, token: string): Promise<Stripe.PaymentMethod | null> {
  try {
    return await api.client.paymentMethods.retrieve(readToken(token).id)
  } catch (error) {
    if (isMissing(toFailure(error))) return null
    throw error
  }
}

export async function describeMethod(api: StripeApi, token: string): Promise<CardDetails | null> {
  const found = await retrieve(api, token)
  if (found === null) return null
  const details = toDetails(found)
  return details.type === 'card'
    ? { ...details, wallet: readText(found, 'card', 'wallet', 'type') }
    : details
}

/** Throws for what is no payment method: then nothing is known of the token. */
export function toDetails(method: unknown): CardDetails {
  const type = readText(method, 'type')
  if (readText(method, 'id') === null || type === null)
    throw new Error('the gateway answered nonsense about a payment method')
  const part = (name: string) => readText(method, type, name)
  return {
    type: isVendorType(type) ? TYPES[type] : 'card',
    brand: part('brand'),
    last4: part('last4'),
    expMonth: readNumber(method, type, 'exp_month'),
    expYear: readNumber(method, type, 'exp_year'),
    funding: part('funding'),
    country: part('country'),
    fingerprint: part('fingerprint'),
    // Told to few accounts.
    bin: part('iin'),
  }
}
