import { createHash } from 'node:crypto'
import { normaliseDecline, type Decline } from '@perennial/core/declines'
import { parseCurrency } from '@perennial/core/money'
import { declinedOutcome, unknownOutcome, type GatewayOutcome } from '@perennial/core/payments'
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
  type PlatformRequest,
} from '../../modules/recovery/index.ts'
import { fromDecimalAmount, toDecimalAmount } from '../../platform/amounts/index.ts'
import { sha256Hex } from '../../platform/crypto/index.ts'
import {
  hmacHex,
  isOneOf,
  readList,
  readNumber,
  readRecord,
  readText,
  readXml,
  type JsonRecord,
} from '../../platform/foreign/index.ts'

type Reach = { readonly call: CallPlatform; readonly credentials: ConnectorCredentials }

/** Of the vendor's own clients; it decides what answers look like. */
const API_VERSION = '6'

/**
 * Braintree's recurring billing (developer.paypal.com/braintree): its subscriptions have no invoices, so a subscription that
 * is past due is the bill. It is charged through the subscription, which clears the balance there.
 */
export const braintree: Connector = {
  platform: 'braintree',
  name: 'Braintree Subscriptions',
  collects: 'there',
  takes: 'asked',
  takesToken: true,
  dialect: 'braintree',
  fields: [
    { id: 'merchant_id', label: 'Merchant ID', isSecret: false, isRequired: true, hint: 'Settings, API, in the Control Panel.' }, // prettier-ignore
    { id: 'public_key', label: 'Public key', isSecret: false, isRequired: true, hint: 'Beside the merchant ID.' }, // prettier-ignore
    { id: 'private_key', label: 'Private key', isSecret: true, isRequired: true, hint: 'Beside the public key.' }, // prettier-ignore
  ],
  addressOf: (_credentials, isLive) =>
    isLive ? 'https://api.braintreegateway.com' : 'https://api.sandbox.braintreegateway.com',
  isAuthentic: (credentials, { body }) => {
    const form = new URLSearchParams(body)
    const payload = form.get('bt_payload') ?? ''
    if (payload === '' || !/^[A-Za-z0-9+=/\n]+$/.test(payload)) return false
    const pairs = (form.get('bt_signature') ?? '').split('&').map((pair) => pair.split('|'))
    const own = pairs.flatMap(([key, digest = '']) =>
      key === credentials['public_key'] ? [digest] : [],
    )
    const secret = secretOf(credentials)
    return [payload, `${payload}\n`].some((text) => isOneOf(hmacHex('sha1', secret, text), own))
  },
  answerChallenge: (credentials, query) => {
    const challenge = query.get('bt_challenge') ?? ''
    if (!/^[a-f0-9]{20,32}$/i.test(challenge)) return null
    const digest = hmacHex('sha1', secretOf(credentials), challenge)
    return `${credentials['public_key'] ?? ''}|${digest}`
  },
  readEvent,
  readBill,
  setCard,
  collect,
  readUnpaid,
}

function secretOf(credentials: ConnectorCredentials): Uint8Array {
  return createHash('sha1')
    .update(credentials['private_key'] ?? '')
    .digest()
}

async function ask(
  { call, credentials }: Reach,
  request: Pick<PlatformRequest, 'method' | 'path' | 'body'>,
) {
  const {
    merchant_id: merchantId = '',
    public_key: key = '',
    private_key: secret = '',
  } = credentials
  const answer = await call({
    ...request,
    path: `/merchants/${encodeURIComponent(merchantId)}${request.path}`,
    headers: {
      accept: 'application/xml',
      authorization: `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}`,
      'x-apiversion': API_VERSION,
    },
  })
  return { status: answer.status, root: readXml(answer.text.trim()) }
}

async function readBill(reach: Reach, bill: BillQuestion): Promise<PlatformBill | null> {
  const path = `/subscriptions/${encodeURIComponent(bill.invoiceId)}`
  const { status, root } = await ask(reach, { method: 'GET', path })
  if (status === 404) return null
  const subscription = readRecord(root, 'subscription')
  if (status !== 200 || subscription === null)
    throw new PlatformSilence(`Braintree answered ${status}`)
  const [latest] = readList(subscription, 'transactions') ?? []
  const currency = parseCurrency(readText(latest, 'currency_iso_code') ?? '') ?? bill.currency
  if (currency === null) throw new PlatformSilence('Braintree told no currency of the subscription')
  const dueMinor = fromDecimalAmount(readText(subscription, 'balance'), currency)
  if (dueMinor === null) throw new PlatformSilence('Braintree told no balance of the subscription')
  return {
    state: stateOf(readText(subscription, 'status'), dueMinor),
    dueMinor,
    currency,
    token: readText(subscription, 'payment_method_token'),
    email: readText(latest, 'customer', 'email'),
    declineCode: readText(latest, 'processor_response_code'),
  }
}

function stateOf(status: string | null, dueMinor: bigint): PlatformBill['state'] {
  if (status === 'Past Due') return 'open'
  if (status === 'Active' && dueMinor <= 0n) return 'paid'
  return status === 'Active' ? 'open' : 'closed'
}

const TAKEN = ['authorized', 'submitted_for_settlement', 'settling', 'settled']

/**
 * The subscription is charged from now on to this card. An account with proration on would retry a past due subscription by
 * itself then (docs/guides/recurring-billing/manage): that is switched off for the call, and what it answers is looked at.
 */
async function setCard(reach: Reach, collection: Collection): Promise<GatewayOutcome | null> {
  const path = `/subscriptions/${encodeURIComponent(collection.invoiceId)}`
  const options = { prorate_charges: false }
  // Cards of the gateway are kept as `token|customer`.
  const [token = ''] = collection.token.split('|', 1)
  const body = { subscription: { payment_method_token: token, options } }
  const { status, root } = await ask(reach, { method: 'PUT', path, body })
  const subscription = readRecord(root, 'subscription')
  if (status >= 500) throw new PlatformSilence(`Braintree answered ${status}`)
  const turnedAway = notAccepted('Braintree', status)
  if (turnedAway !== null) return turnedAway
  if (status !== 200 || subscription === null) return NOT_TAKEN
  const due = fromDecimalAmount(readText(subscription, 'balance'), collection.currency)
  if (due === null || stateOf(readText(subscription, 'status'), due) === 'open') return null
  const [latest] = readList(subscription, 'transactions') ?? []
  const gatewayReference = readText(latest, 'id')
  if (gatewayReference === null || !TAKEN.includes(readText(latest, 'status') ?? ''))
    return unknownOutcome('nothing is due any more')
  return { kind: 'succeeded', gatewayReference, networkTransactionId: null }
}

/** Nothing was charged. */
const NOT_TAKEN = declinedOutcome(
  'processing_error',
  'Braintree did not put the new card in the place of the old one.',
)

async function collect(reach: Reach, collection: Collection): Promise<GatewayOutcome> {
  const { status, root } = await ask(reach, {
    method: 'POST',
    path: '/transactions',
    body: {
      transaction: {
        type: 'sale',
        amount: toDecimalAmount(collection.amountMinor, collection.currency),
        subscription_id: collection.invoiceId,
        options: { submit_for_settlement: true },
      },
    },
  })
  const transaction =
    readRecord(root, 'transaction') ?? readRecord(root, 'api_error_response', 'transaction')
  const gatewayReference = readText(transaction, 'id')
  const state = readText(transaction, 'status') ?? ''
  if (status === 201 && gatewayReference !== null && TAKEN.includes(state))
    return { kind: 'succeeded', gatewayReference, networkTransactionId: null }
  const turnedAway = notAccepted('Braintree', status)
  if (turnedAway !== null) return turnedAway
  if (transaction === null || status >= 500) return unknownOutcome(`Braintree answered ${status}`)
  return { kind: 'declined', gatewayReference, decline: declineOf(transaction) }
}

/** What its latest transaction ended with. Should that be one from before ours, the same refusal counts once more. */
async function readUnpaid(reach: Reach, { invoiceId }: Collection): Promise<GatewayOutcome | null> {
  const path = `/subscriptions/${encodeURIComponent(invoiceId)}`
  const { root } = await ask(reach, { method: 'GET', path })
  const [latest] = readList(readRecord(root, 'subscription'), 'transactions') ?? []
  const transaction = readRecord(latest)
  if (transaction === null) return null
  const state = readText(transaction, 'status') ?? ''
  if (TAKEN.includes(state)) return unknownOutcome('taken, and still due')
  const gatewayReference = readText(transaction, 'id')
  return { kind: 'declined', gatewayReference, decline: declineOf(transaction) }
}

function declineOf(transaction: JsonRecord): Decline {
  return normaliseDecline('braintree', {
    code: readText(transaction, 'gateway_rejection_reason') ?? readText(transaction, 'processor_response_code'), // prettier-ignore
    isoCode: readText(transaction, 'network_response_code'),
    adviceCode: readText(transaction, 'merchant_advice_code'),
    message: readText(transaction, 'processor_response_text'),
  })
}

function readEvent(body: string): NamedEvent | null {
  const payload = new URLSearchParams(body).get('bt_payload') ?? ''
  const xml = readXml(Buffer.from(payload, 'base64').toString('utf8').trim())
  const notification = readRecord(xml, 'notification')
  const kind = readText(notification, 'kind')
  if (kind === null) return null
  // Notifications have no name of their own; the same one is the same to the letter.
  const id = `${kind}:${sha256Hex(payload.trim()).slice(0, 32)}`
  const subscription = readRecord(notification, 'subject', 'subscription')
  if (kind !== 'subscription_went_past_due' || subscription === null)
    return { id, event: { kind: 'ignored', type: kind } }
  const failure = failureOf(subscription)
  if (failure === null) return { id, event: { kind: 'ignored', type: `${kind} without an id` } }
  return { id, event: { kind: 'failed', failures: [failure] } }
}

function failureOf(subscription: JsonRecord): PlatformFailure | null {
  const invoiceId = readText(subscription, 'id')
  if (invoiceId === null) return null
  const [latest] = readList(subscription, 'transactions') ?? []
  const cycle = readNumber(subscription, 'current_billing_cycle') ?? 0
  return {
    invoiceId,
    billingAttemptId: readText(latest, 'id') ?? `cycle ${cycle}`,
    customerId: readText(latest, 'customer', 'id'),
    subscriptionId: invoiceId,
    declineCode: readText(latest, 'processor_response_code'),
    token: readText(subscription, 'payment_method_token'),
    paymentSourceId: null,
    email: readText(latest, 'customer', 'email'),
    currency: parseCurrency(readText(latest, 'currency_iso_code') ?? ''),
  }
}
