import { parseCurrency } from '@perennial/core/money'
import { formatInstant } from '@perennial/core/time'
import {
  PlatformSilence,
  type BillQuestion,
  type CallPlatform,
  type Connector,
  type ConnectorCredentials,
  type NamedEvent,
  type PlatformAnswer,
  type PlatformBill,
} from '../../modules/recovery/index.ts'
import { fromDecimalAmount, toDecimalAmount } from '../../platform/amounts/index.ts'
import { sha256Hex } from '../../platform/crypto/index.ts'
import {
  hmacHex,
  isBasicPair,
  isOneOf,
  parseJson,
  readList,
  readRecord,
  readText,
  readWritten,
} from '../../platform/foreign/index.ts'

type Reach = { readonly call: CallPlatform; readonly credentials: ConnectorCredentials }

/** Zuora (developer.zuora.com): callouts of our template; we charge, and create an external payment on the invoice. */
export const zuora: Connector = {
  platform: 'zuora',
  name: 'Zuora',
  collects: 'here',
  dialect: null,
  fields: [
    { id: 'client_id', label: 'OAuth client ID', isSecret: false, isRequired: true, hint: 'Administration, Users, OAuth clients.' }, // prettier-ignore
    { id: 'client_secret', label: 'OAuth client secret', isSecret: true, isRequired: true, hint: 'Shown once when the client is made.' }, // prettier-ignore
    { id: 'callout_user', label: 'Callout user', isSecret: false, isRequired: false, hint: 'HTTP Basic of the callout.' }, // prettier-ignore
    { id: 'callout_password', label: 'Callout password', isSecret: true, isRequired: false, hint: 'HTTP Basic of the callout.' }, // prettier-ignore
    { id: 'hmac_secret', label: 'HMAC secret', isSecret: true, isRequired: false, hint: 'Where the callout is signed instead.' }, // prettier-ignore
    { id: 'hmac_header', label: 'HMAC header', isSecret: false, isRequired: false, hint: 'X-Zuora-Signature unless told otherwise.' }, // prettier-ignore
    { id: 'region', label: 'Region', isSecret: false, isRequired: false, hint: 'eu for tenants in Europe.' }, // prettier-ignore
  ],
  addressOf: ({ region }, isLive) => {
    const host = region === 'eu' ? 'eu.zuora.com' : 'zuora.com'
    return isLive ? `https://rest.${host}` : `https://rest.test.${host}`
  },
  isAuthentic: (credentials, { headers, body }) => {
    const user = credentials['callout_user'] ?? ''
    const password = credentials['callout_password'] ?? ''
    if (isBasicPair(headers['authorization'], { user, password })) return true
    const secret = credentials['hmac_secret'] ?? ''
    const name = (credentials['hmac_header'] ?? 'x-zuora-signature').toLowerCase()
    const given = headers[name]
    if (secret === '' || given === undefined) return false
    const asHex = /^[0-9a-f]{64}$/i.test(given)
      ? given
      : Buffer.from(given, 'base64').toString('hex')
    return isOneOf(hmacHex('sha256', secret, body), [asHex])
  },
  readEvent,
  readBill,
  findToken: async (reach, { paymentSourceId }) => {
    if (paymentSourceId === null) return null
    const path = `/v1/payment-methods/${encodeURIComponent(paymentSourceId)}`
    const answer = await ask(reach, { method: 'GET', path })
    if (answer.status === 404) return null
    const { body } = answeredWith(answer)
    return readText(body, 'tokenId') ?? readText(body, 'secondTokenId')
  },
  writeBack: async (reach, payment) => {
    const amount = Number(toDecimalAmount(payment.amountMinor, payment.currency))
    const answer = await ask(reach, {
      method: 'POST',
      path: '/v1/payments',
      headers: { 'idempotency-key': payment.idempotencyKey },
      body: {
        type: 'External',
        accountId: payment.customerId,
        amount,
        currency: payment.currency,
        effectiveDate: formatInstant(payment.paidAt).slice(0, 10),
        paymentMethodType: 'Other',
        referenceId: payment.reference,
        comment: 'Recovered by Perennial',
        invoices: [{ invoiceId: payment.invoiceId, amount }],
      },
    })
    answeredWith(answer)
  },
}

/** What did as it was asked. Refusals, a limited rate among them, come with status 200 as well: they are asked again. */
function answeredWith(answer: PlatformAnswer): PlatformAnswer {
  const { body, status } = answer
  const isTaken = status >= 200 && status <= 299 && Reflect.get(Object(body), 'success') !== false
  if (!isTaken) throw new PlatformSilence(`Zuora answered ${status}: ${reasonOf(body)}`)
  return answer
}

function reasonOf(body: unknown): string {
  const [first] = readList(body, 'reasons') ?? []
  return readText(first, 'message') ?? 'no reason told'
}

/** A token for each exchange: there are few, and it need not be kept anywhere. */
async function ask(
  { call, credentials }: Reach,
  request: Parameters<CallPlatform>[0],
): Promise<PlatformAnswer> {
  const granted = await call({
    method: 'POST',
    path: '/oauth/token',
    body: new URLSearchParams({
      client_id: credentials['client_id'] ?? '',
      client_secret: credentials['client_secret'] ?? '',
      grant_type: 'client_credentials',
    }),
  })
  const token = readText(granted.body, 'access_token')
  if (token === null) throw new PlatformSilence(`Zuora gave no access: ${granted.status}`)
  return call({
    ...request,
    headers: { authorization: `Bearer ${token}`, ...request.headers },
  })
}

async function readBill(reach: Reach, bill: BillQuestion): Promise<PlatformBill | null> {
  const path = `/v1/invoices/${encodeURIComponent(bill.invoiceId)}`
  const answer = await ask(reach, { method: 'GET', path })
  if (answer.status === 404) return null
  const { body } = answeredWith(answer)
  const currency = parseCurrency(readText(body, 'currency') ?? '') ?? bill.currency
  if (currency === null) throw new PlatformSilence('Zuora told no currency of the invoice')
  const dueMinor = fromDecimalAmount(readWritten(body, 'balance'), currency)
  if (dueMinor === null)
    throw new PlatformSilence('Zuora answered with no invoice that makes sense')
  const isPosted = readText(body, 'status') === 'Posted'
  const state = !isPosted ? 'closed' : dueMinor <= 0n ? 'paid' : 'open'
  return { state, dueMinor, currency, token: null, email: null, declineCode: null }
}

/** The standard event is called Payment Declined; a callout may be named otherwise. */
const FAILURES = ['Payment.Failure', 'PaymentDeclined', 'Payment Declined']

/** Our callout template (docs/guides/connectors.md). A delivery's own name changes with every repetition. */
function readEvent(body: string): NamedEvent | null {
  const told = parseJson(body)
  const type = readText(told, 'event')
  const paymentId = readText(told, 'paymentId')
  if (type === null) return readRecord(told) === null ? null : ignored('a callout without an event')
  if (paymentId === null) return ignored(type)
  const id = `${type}:${paymentId}`
  const named = readList(told, 'invoiceIds') ?? (readText(told, 'invoiceIds') ?? '').split(',')
  const invoiceIds = named.map((one) => (typeof one === 'string' ? one.trim() : ''))
  const bills = [...new Set(invoiceIds)].filter((one) => one !== '')
  if (!FAILURES.includes(type) || bills.length === 0)
    return { id, event: { kind: 'ignored', type } }
  const failures = bills.map((invoiceId) => ({
    invoiceId,
    billingAttemptId: paymentId,
    customerId: readText(told, 'accountId'),
    subscriptionId: null,
    declineCode: readText(told, 'gatewayResponseCode'),
    token: null,
    paymentSourceId: readText(told, 'paymentMethodId'),
    email: readText(told, 'email'),
    currency: parseCurrency(readText(told, 'currency') ?? ''),
  }))
  return { id, event: { kind: 'failed', failures } }

  function ignored(what: string): NamedEvent {
    const digest = sha256Hex(body).slice(0, 32)
    return { id: `other:${digest}`, event: { kind: 'ignored', type: what } }
  }
}
