import { parseCurrency } from '@perennial/core/money'
import type { GatewayOutcome } from '@perennial/core/payments'
import { unknownOutcome } from '@perennial/core/payments'
import { normaliseDecline } from '@perennial/core/declines'
import { MS_PER_HOUR } from '@perennial/core/time'
import {
  PlatformSilence,
  type BillQuestion,
  type CallPlatform,
  type Collection,
  type Connector,
  type ConnectorCredentials,
  type NamedEvent,
  type PlatformBill,
  type PlatformFailure,
} from '../../modules/recovery/index.ts'
import { fromVendorAmount } from '../../platform/amounts/index.ts'
import {
  hmacHex,
  isOneOf,
  parseJson,
  readNumber,
  readRecord,
  readSignatureHeader,
  readText,
  type JsonRecord,
} from '../../platform/foreign/index.ts'

type Reach = { readonly call: CallPlatform; readonly credentials: ConnectorCredentials }

/** The vendor's own tolerance (docs.stripe.com/webhooks). */
const AGE_S_MAX = 300
const KEPT_MS = 23 * MS_PER_HOUR
/** The last version in which an invoice names its payment intent. */
const API_VERSION = '2024-06-20'

/** Stripe Billing (docs.stripe.com/api/invoices): the invoice itself is paid, so that it is paid where it lives. */
export const stripeBilling: Connector = {
  platform: 'stripe-billing',
  name: 'Stripe Billing',
  collects: 'there',
  takes: 'due',
  takesToken: true,
  dialect: 'stripe',
  fields: [
    { id: 'api_key', label: 'Secret key', isSecret: true, isRequired: true, hint: 'A restricted key that may read and pay invoices and read payment intents, such as rk_live_….' }, // prettier-ignore
    { id: 'webhook_secret', label: 'Signing secret', isSecret: true, isRequired: true, hint: 'whsec_… of the endpoint in the dashboard.' }, // prettier-ignore
  ],
  addressOf: () => 'https://api.stripe.com',
  isAuthentic: (credentials, { headers, body, receivedAt }) => {
    const parts = readSignatureHeader(headers['stripe-signature'])
    const [stamp = ''] = parts.get('t') ?? []
    if (!/^\d{1,12}$/.test(stamp)) return false
    if (Math.abs(receivedAt / 1_000 - Number(stamp)) > AGE_S_MAX) return false
    const secret = credentials['webhook_secret'] ?? ''
    return isOneOf(hmacHex('sha256', secret, `${stamp}.${body}`), parts.get('v1') ?? [])
  },
  readEvent,
  readBill,
  findInvoice,
  collect,
  readCollection,
  // Stripe keeps keys for a day at least (docs.stripe.com/api/idempotent_requests); it charges now what it has never seen.
  readUnpaid: async (reach, collection, ageMs) =>
    ageMs < KEPT_MS ? outcomeOf(await pay(reach, collection), collection) : null,
}

async function readBill(reach: Reach, { invoiceId }: BillQuestion): Promise<PlatformBill | null> {
  const path = `/v1/invoices/${encodeURIComponent(invoiceId)}?expand[]=payment_intent&expand[]=customer`
  const answer = await ask(reach, { method: 'GET', path })
  if (answer.status === 404) return null
  if (answer.status !== 200) throw new PlatformSilence(`Stripe answered ${answer.status}`)
  const { body } = answer
  const status = readText(body, 'status')
  const currency = parseCurrency(readText(body, 'currency') ?? '')
  const due = currency === null ? null : minorOf(readNumber(body, 'amount_remaining'), currency)
  if (currency === null || due === null || status === null)
    throw new PlatformSilence('Stripe answered with no invoice that makes sense')
  const error = readRecord(body, 'payment_intent', 'last_payment_error')
  return {
    state: stateOf(status, readText(body, 'payment_intent', 'status')),
    dueMinor: due,
    currency,
    token:
      readText(body, 'default_payment_method') ??
      readText(body, 'payment_intent', 'payment_method') ??
      readText(error, 'payment_method', 'id') ??
      readText(body, 'customer', 'invoice_settings', 'default_payment_method'),
    email: readText(body, 'customer_email'),
    declineCode: codeOf(error),
  }
}

function stateOf(status: string, intentStatus: string | null): PlatformBill['state'] {
  if (status === 'paid') return 'paid'
  if (status !== 'open') return 'closed'
  // A bank debit: it may take days.
  return intentStatus === 'processing' ? 'busy' : 'open'
}

/** Asked for in our version, an intent names its invoice. */
async function findInvoice(reach: Reach, reference: string): Promise<string | null> {
  const path = `/v1/payment_intents/${encodeURIComponent(reference)}`
  const { status, body } = await ask(reach, { method: 'GET', path })
  if (status !== 200) throw new PlatformSilence(`Stripe answered ${status}`)
  return readText(body, 'invoice')
}

/** Paid with the chosen method; under one key Stripe answers a repetition as it did the first time. */
async function collect(reach: Reach, collection: Collection): Promise<GatewayOutcome> {
  return outcomeOf(await pay(reach, collection), collection)
}

/** Asked again under its key: a paid invoice is not charged a second time, and Stripe says whether it was this try that paid it. */
async function readCollection(
  reach: Reach,
  collection: Collection,
): Promise<GatewayOutcome | null> {
  const answer = await pay(reach, collection)
  // 400: it is paid already, and Stripe does not know the key; 402: the try was refused, and another one has paid.
  return answer.status === 400 || answer.status === 402 ? null : outcomeOf(answer, collection)
}

function pay(reach: Reach, collection: Collection) {
  // Cards of the gateway are kept as `pm_…|cus_…`.
  const [method = ''] = collection.token.split('|', 1)
  return ask(reach, {
    method: 'POST',
    path: `/v1/invoices/${encodeURIComponent(collection.invoiceId)}/pay?expand[]=payment_intent`,
    body: new URLSearchParams({ payment_method: method, off_session: 'true' }),
    headers: { 'idempotency-key': collection.idempotencyKey },
  })
}

function outcomeOf(
  { status, body }: Awaited<ReturnType<typeof ask>>,
  collection: Collection,
): GatewayOutcome {
  if (status === 200 && readText(body, 'status') === 'paid') {
    const gatewayReference =
      readText(body, 'payment_intent', 'id') ?? readText(body, 'payment_intent') ?? collection.invoiceId // prettier-ignore
    return { kind: 'succeeded', gatewayReference, networkTransactionId: null }
  }
  const error = readRecord(body, 'error')
  if (error !== null && (status === 402 || isChallenge(status, error))) {
    const raw = {
      code: codeOf(error),
      isoCode: readText(error, 'network_decline_code'),
      adviceCode: readText(error, 'network_advice_code'),
      message: readText(error, 'message'),
    }
    const gatewayReference = readText(error, 'payment_intent', 'id')
    return { kind: 'declined', gatewayReference, decline: normaliseDecline('stripe', raw) }
  }
  return unknownOutcome(`Stripe answered ${status}`)
}

/** Told as a card's or as a request's error: nothing was charged, and the cardholder has to authenticate. */
function isChallenge(status: number, error: JsonRecord): boolean {
  const isRefused = status >= 400 && status <= 499
  return isRefused && readText(error, 'code') === 'invoice_payment_intent_requires_action'
}

function codeOf(error: JsonRecord | null): string | null {
  return readText(error, 'decline_code') ?? readText(error, 'code')
}

async function ask({ call, credentials }: Reach, request: Parameters<CallPlatform>[0]) {
  const answer = await call({
    ...request,
    headers: {
      authorization: `Bearer ${credentials['api_key'] ?? ''}`,
      'stripe-version': API_VERSION,
      ...request.headers,
    },
  })
  if (answer.status >= 500 || answer.body === undefined)
    throw new PlatformSilence(`Stripe answered ${answer.status}`)
  return answer
}

type KnownCurrency = Parameters<typeof fromVendorAmount>[1]

function minorOf(amount: number | null, currency: KnownCurrency): bigint | null {
  return fromVendorAmount(amount, currency, exponentOf(currency))
}

/** docs.stripe.com/currencies: none for these, three counted as such, two for all others. */
const WITHOUT_DECIMALS = new Set([
  'BIF', 'CLP', 'DJF', 'GNF', 'JPY', 'KMF', 'KRW', 'MGA', 'PYG', 'RWF', 'VND', 'VUV', 'XAF', 'XOF', 'XPF',
]) // prettier-ignore
const WITH_THREE = new Set(['BHD', 'JOD', 'KWD', 'OMR', 'TND'])

function exponentOf(currency: string): number {
  if (WITHOUT_DECIMALS.has(currency)) return 0
  return WITH_THREE.has(currency) ? 3 : 2
}

function readEvent(body: string): NamedEvent | null {
  const told = parseJson(body)
  const id = readText(told, 'id')
  const type = readText(told, 'type')
  const object = readRecord(told, 'data', 'object')
  if (id === null || type === null || object === null) return null
  return { id, event: toEvent(type, object, id) }
}

function toEvent(type: string, object: JsonRecord, eventId: string): NamedEvent['event'] {
  const ignored = { kind: 'ignored', type } as const
  const objectId = readText(object, 'id')
  if (objectId === null) return ignored
  switch (type) {
    case 'invoice.payment_failed':
      return { kind: 'failed', failures: [failureOf(object, { invoiceId: objectId, eventId })] }
    case 'payment_method.attached': {
      const customerId = readText(object, 'customer')
      if (customerId === null) return ignored
      // Also told of what is attached here, with a card that a payer gave on our page.
      const replaced = { kind: 'card_replaced', customerId, token: objectId } as const
      return { ...replaced, paymentSourceId: null, isTokenNew: true }
    }
    case 'payment_intent.succeeded': {
      const currency = parseCurrency(readText(object, 'currency') ?? '')
      const amountMinor = currency === null ? null : minorOf(readNumber(object, 'amount_received'), currency) // prettier-ignore
      if (currency === null || amountMinor === null || amountMinor <= 0n) return ignored
      // Endpoints of 2025-03-31 and later are not told (docs.stripe.com/changelog/basil/2025-03-31).
      const invoiceId = 'invoice' in object ? readText(object, 'invoice') : undefined
      return { kind: 'paid', invoiceId, reference: objectId, amountMinor, currency }
    }
    default:
      return ignored
  }
}

function failureOf(
  invoice: JsonRecord,
  given: { readonly invoiceId: string; readonly eventId: string },
): PlatformFailure {
  const attempts = readNumber(invoice, 'attempt_count')
  return {
    invoiceId: given.invoiceId,
    billingAttemptId: attempts === null ? given.eventId : String(attempts),
    customerId: readText(invoice, 'customer'),
    subscriptionId:
      readText(invoice, 'subscription') ??
      readText(invoice, 'parent', 'subscription_details', 'subscription'),
    declineCode: null,
    token: readText(invoice, 'default_payment_method'),
    paymentSourceId: null,
    email: readText(invoice, 'customer_email'),
    currency: null,
  }
}
