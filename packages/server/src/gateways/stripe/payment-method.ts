import type {
  CardDetails,
  GatewayMethodType,
  TokenizeRequest,
  Tokenization,
} from '@perennial/core/payments'
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

export type MethodBook = { find(token: string): Promise<KnownMethod | null> }

/** Null when the vendor does not know the token; throws when it does not answer. */
export function openMethodBook(api: StripeApi): MethodBook {
  const known = new Map<string, KnownMethod>()
  return {
    find: async (token) => {
      const remembered = known.get(token)
      if (remembered !== undefined) return remembered
      const found = await retrieve(api, token)
      if (found === null) return null
      const type = readText(found, 'type')
      const { id, customer } = readToken(token)
      const method: KnownMethod = {
        id,
        customer: customer ?? customerOf(found),
        type: isVendorType(type) ? type : 'card',
      }
      if (method.customer === null) return method
      if (known.size >= REMEMBERED_MAX) known.clear()
      known.set(token, method)
      return method
    },
  }
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
  return found === null ? null : toDetails(found)
}

/** Throws for what is no payment method: then nothing is known of the token. */
function toDetails(method: unknown): CardDetails {
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
  }
}

/** Throws when the vendor does not answer. The number goes from memory to the vendor and nowhere else. */
export async function tokenizeInstrument(
  api: StripeApi,
  { instrument }: TokenizeRequest,
): Promise<Tokenization> {
  const wish =
    instrument.kind === 'card' ? cardParams(instrument.card) : bankParams(instrument.bank)
  try {
    const method = await api.client.paymentMethods.create(wish)
    return { kind: 'tokenized', token: method.id, details: toDetails(method) }
  } catch (error) {
    const failure = toFailure(error)
    if (failure.kind === 'silent') throw error
    const { code = 'card_refused', message } = failure.error
    return { kind: 'refused', code, message }
  }
}

type Instrument<Kind extends string> = Extract<
  TokenizeRequest['instrument'],
  { readonly kind: Kind }
>

function cardParams(card: Instrument<'card'>['card']): Stripe.PaymentMethodCreateParams {
  const { number, expMonth, expYear, securityCode, holderName } = card
  return {
    type: 'card',
    card: {
      number,
      exp_month: expMonth,
      exp_year: expYear,
      ...(securityCode === null ? {} : { cvc: securityCode }),
    },
    ...(holderName === null ? {} : { billing_details: { name: holderName } }),
  }
}

function bankParams(bank: Instrument<'bank'>['bank']): Stripe.PaymentMethodCreateParams {
  const { scheme, accountNumber, accountType, holderName } = bank
  const bankCode = bank.bankCode ?? ''
  const billing_details = { name: holderName }
  switch (scheme) {
    case 'ach': {
      const account = { routing_number: bankCode, account_number: accountNumber }
      const holder = {
        account_holder_type: 'individual',
        account_type: accountType ?? 'checking',
      } as const
      return {
        type: 'us_bank_account',
        us_bank_account: { ...account, ...holder },
        billing_details,
      }
    }
    case 'sepa':
      return { type: 'sepa_debit', sepa_debit: { iban: accountNumber }, billing_details }
    case 'bacs': {
      const bacs_debit = { sort_code: bankCode, account_number: accountNumber }
      return { type: 'bacs_debit', bacs_debit, billing_details }
    }
  }
}
