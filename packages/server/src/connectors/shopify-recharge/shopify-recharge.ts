import { normaliseDecline } from '@perennial/core/declines'
import { parseCurrency } from '@perennial/core/money'
import { unknownOutcome, type GatewayOutcome } from '@perennial/core/payments'
import {
  notAccepted,
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
import { fromDecimalAmount } from '../../platform/amounts/index.ts'
import { sha256Hex } from '../../platform/crypto/index.ts'
import {
  hmacHex,
  isOneOf,
  parseJson,
  readList,
  readNumber,
  readRecord,
  readSignatureHeader,
  readText,
  readWritten,
  type JsonRecord,
} from '../../platform/foreign/index.ts'

type Reach = { readonly call: CallPlatform; readonly credentials: ConnectorCredentials }

/** docs.getrecharge.com, "Webhooks": deliveries are repeated for 48 hours. */
const AGE_S_MAX = 48 * 3_600
const API_VERSION = '2021-11'

/** ReCharge: its own charge is processed again, so that the order is made where the charge lives. */
export const shopifyRecharge: Connector = {
  platform: 'shopify-recharge',
  name: 'Shopify through ReCharge',
  collects: 'there',
  takes: 'due',
  takesToken: false,
  dialect: null,
  fields: [
    { id: 'api_token', label: 'API token', isSecret: true, isRequired: true, hint: 'Apps, API tokens; may read and process charges.' }, // prettier-ignore
    { id: 'client_secret', label: 'API client secret', isSecret: true, isRequired: true, hint: 'Of the same token; signs webhooks.' }, // prettier-ignore
  ],
  addressOf: () => 'https://api.rechargeapps.com',
  isAuthentic: (credentials, { headers, body, receivedAt }) => {
    const secret = credentials['client_secret'] ?? ''
    const signed = headers['x-recharge-webhook-signature']
    if (signed !== undefined) {
      const parts = readSignatureHeader(signed)
      const [stamp = ''] = parts.get('t') ?? []
      const isFresh =
        /^\d{1,12}$/.test(stamp) && Math.abs(receivedAt / 1_000 - Number(stamp)) <= AGE_S_MAX
      return isFresh && isOneOf(hmacHex('sha256', secret, `${stamp}.${body}`), parts.get('v1') ?? []) // prettier-ignore
    }
    const legacy = headers['x-recharge-hmac-sha256']
    // Named an HMAC, it is the plain hash of secret and body, one after the other.
    const expected = sha256Hex(`${secret}${body}`)
    return legacy !== undefined && secret !== '' && isOneOf(expected, [legacy])
  },
  readEvent,
  readBill,
  listOpenBills,
  collect,
  readUnpaid,
}

async function ask({ call, credentials }: Reach, request: Parameters<CallPlatform>[0]) {
  const answer = await call({
    ...request,
    headers: {
      'x-recharge-access-token': credentials['api_token'] ?? '',
      'x-recharge-version': API_VERSION,
    },
  })
  if (answer.status >= 500) throw new PlatformSilence(`ReCharge answered ${answer.status}`)
  return answer
}

const STATE: Readonly<Record<string, PlatformBill['state']>> = {
  error: 'open',
  queued: 'busy',
  pending: 'busy',
  pending_manual_payment: 'busy',
  success: 'paid',
  refunded: 'closed',
  partially_refunded: 'closed',
  skipped: 'closed',
}

async function readBill(reach: Reach, bill: BillQuestion): Promise<PlatformBill | null> {
  const path = `/charges/${encodeURIComponent(bill.invoiceId)}`
  const answer = await ask(reach, { method: 'GET', path })
  if (answer.status === 404) return null
  const charge = readRecord(answer.body, 'charge')
  const currency = parseCurrency(readText(charge, 'currency') ?? '') ?? bill.currency
  const state = STATE[readText(charge, 'status') ?? '']
  const due =
    currency === null ? null : fromDecimalAmount(readText(charge, 'total_price'), currency)
  if (currency === null || state === undefined || due === null)
    throw new PlatformSilence('ReCharge answered with no charge that makes sense')
  return {
    state,
    dueMinor: due,
    currency,
    token: cardOf(charge),
    email: readText(charge, 'customer', 'email'),
    declineCode: readText(charge, 'error_type'),
  }
}

const BILLS_MAX = 50

/** A charge may be for several subscriptions of its customer (developer.rechargepayments.com, "List charges"). */
async function listOpenBills(reach: Reach, subscriptionId: string): Promise<string[]> {
  const of = { purchase_item_ids: subscriptionId, status: 'error', limit: String(BILLS_MAX) }
  const path = `/charges?${new URLSearchParams(of).toString()}`
  const { status, body } = await ask(reach, { method: 'GET', path })
  const charges = readList(body, 'charges')
  if (status !== 200 || charges === null)
    throw new PlatformSilence(`ReCharge answered ${status} when asked for the charges of a subscription`) // prettier-ignore
  return charges.flatMap((charge) => readWritten(charge, 'id') ?? [])
}

/** ReCharge keeps the card to itself: what stands for it is the customer's payment method, or the customer. */
function cardOf(charge: JsonRecord | null): string | null {
  const method = readWritten(charge, 'payment_method', 'id')
  const customer = readWritten(charge, 'customer', 'id')
  if (method !== null) return `recharge:method:${method}`
  return customer === null ? null : `recharge:customer:${customer}`
}

async function collect(reach: Reach, collection: Collection): Promise<GatewayOutcome> {
  const path = `/charges/${encodeURIComponent(collection.invoiceId)}/process`
  const { status, body } = await ask(reach, { method: 'POST', path, body: {} })
  const charge = readRecord(body, 'charge')
  const state = readText(charge, 'status')
  if (status === 200 && state === 'success') {
    const reference = readText(charge, 'transaction_id') ?? readWritten(charge, 'id')
    return {
      kind: 'succeeded',
      gatewayReference: reference ?? collection.invoiceId,
      networkTransactionId: null,
    }
  }
  const turnedAway = notAccepted('ReCharge', status)
  if (turnedAway !== null) return turnedAway
  if (state !== 'error') return unknownOutcome(`ReCharge answered ${status}`)
  return refusalOf(charge)
}

/** What the charge says of its last try. Should that be one from before ours, the same refusal counts once more. */
async function readUnpaid(reach: Reach, { invoiceId }: Collection): Promise<GatewayOutcome | null> {
  const path = `/charges/${encodeURIComponent(invoiceId)}`
  const charge = readRecord((await ask(reach, { method: 'GET', path })).body, 'charge')
  return readText(charge, 'error_type') === null ? null : refusalOf(charge)
}

function refusalOf(charge: JsonRecord | null): GatewayOutcome {
  const raw = { code: readText(charge, 'error_type'), message: readText(charge, 'error') }
  return { kind: 'declined', gatewayReference: null, decline: normaliseDecline('simulated', raw) }
}

/** There is no name of the event: the body's one key tells it. */
function readEvent(body: string): NamedEvent | null {
  const told = parseJson(body)
  const digest = sha256Hex(body).slice(0, 32)
  const charge = readRecord(told, 'charge')
  if (charge !== null) {
    const invoiceId = readWritten(charge, 'id')
    if (invoiceId === null) return null
    const id = `charge:${invoiceId}:${digest}`
    if (readText(charge, 'status') !== 'error')
      return { id, event: { kind: 'ignored', type: `charge ${readText(charge, 'status') ?? ''}` } }
    return { id, event: { kind: 'failed', failures: [failureOf(charge, { invoiceId, digest })] } }
  }
  const subscriptionId = readWritten(told, 'subscription', 'id')
  if (subscriptionId === null) {
    const [topic] = Object.keys(readRecord(told) ?? {})
    return topic === undefined ? null : { id: `${topic}:${digest}`, event: { kind: 'ignored', type: topic } } // prettier-ignore
  }
  const id = `subscription:${subscriptionId}:${digest}`
  return { id, event: { kind: 'last_chance', subscriptionId } }
}

function failureOf(
  charge: JsonRecord,
  given: { readonly invoiceId: string; readonly digest: string },
): PlatformFailure {
  const attempts = readNumber(charge, 'charge_attempts')
  const [first] = readList(charge, 'line_items') ?? []
  return {
    invoiceId: given.invoiceId,
    billingAttemptId: attempts === null ? given.digest : String(attempts),
    // "Shows how many times an attempt to charge was placed" (storefront.getrecharge.com/client/docs, Charge): by anybody.
    triesCounted: attempts,
    customerId: readWritten(charge, 'customer', 'id'),
    subscriptionId: readWritten(first, 'purchase_item_id') ?? readWritten(first, 'subscription_id'),
    declineCode: readText(charge, 'error_type'),
    token: cardOf(charge),
    paymentSourceId: null,
    email: readText(charge, 'customer', 'email'),
    currency: parseCurrency(readText(charge, 'currency') ?? ''),
  }
}
