import { parseCurrency } from '@perennial/core/money'
import { formatInstant } from '@perennial/core/time'
import {
  PlatformSilence,
  type CallPlatform,
  type Connector,
  type ConnectorCredentials,
  type NamedEvent,
  type PlatformBill,
} from '../../modules/recovery/index.ts'
import { fromDecimalAmount, toDecimalAmount } from '../../platform/amounts/index.ts'
import {
  hmacHex,
  isBasicPair,
  isOneOf,
  parseJson,
  readList,
  readRecord,
  readText,
  readWritten,
  readXml,
  type JsonRecord,
} from '../../platform/foreign/index.ts'

type Reach = { readonly call: CallPlatform; readonly credentials: ConnectorCredentials }

/** Own (spec/revtain.md 14.2): an older signature may be somebody's replay. */
const AGE_MS_MAX = 300_000

/** Recurly (recurly.com/developers/api): signed JSON, or XML by HTTP Basic; we charge, and record an external payment. */
export const recurly: Connector = {
  platform: 'recurly',
  name: 'Recurly',
  collects: 'here',
  dialect: null,
  fields: [
    { id: 'subdomain', label: 'Subdomain', isSecret: false, isRequired: true, hint: 'acme of acme.recurly.com.' }, // prettier-ignore
    { id: 'api_key', label: 'Private API key', isSecret: true, isRequired: true, hint: 'Integrations, API Credentials.' }, // prettier-ignore
    { id: 'webhook_secret', label: 'Webhook secret', isSecret: true, isRequired: false, hint: 'Signs JSON webhooks; two, separated by a comma, while it is rotated.' }, // prettier-ignore
    { id: 'webhook_user', label: 'Webhook user', isSecret: false, isRequired: false, hint: 'For XML webhooks, which are not signed.' }, // prettier-ignore
    { id: 'webhook_password', label: 'Webhook password', isSecret: true, isRequired: false, hint: 'For XML webhooks.' }, // prettier-ignore
    { id: 'region', label: 'Region', isSecret: false, isRequired: false, hint: 'eu for accounts in Europe.' }, // prettier-ignore
  ],
  addressOf: ({ region }) =>
    region === 'eu' ? 'https://v3.eu.recurly.com' : 'https://v3.recurly.com',
  isAuthentic: (credentials, { headers, body, receivedAt }) => {
    const signature = headers['recurly-signature']
    const user = credentials['webhook_user'] ?? ''
    const password = credentials['webhook_password'] ?? ''
    if (signature === undefined) return isBasicPair(headers['authorization'], { user, password })
    const [stamp = '', ...digests] = signature.split(',').map((part) => part.trim())
    if (!/^\d{13}$/.test(stamp) || Math.abs(receivedAt - Number(stamp)) > AGE_MS_MAX) return false
    const secrets = (credentials['webhook_secret'] ?? '').split(',').filter((key) => key !== '')
    return secrets.some((secret) => isOneOf(hmacHex('sha256', secret, `${stamp}.${body}`), digests))
  },
  readEvent,
  readBill: async (reach, { invoiceId }) => {
    const answer = await ask(reach, 'GET', `/invoices/${encodeURIComponent(invoiceId)}`)
    return answer.status === 404 ? null : toBill(answer.body)
  },
  findToken: async (reach, { customerId }) => {
    const path = `/accounts/code-${encodeURIComponent(customerId)}/billing_info`
    const answer = await ask(reach, 'GET', path)
    const references = readList(answer.body, 'payment_gateway_references') ?? []
    return references.map((reference) => readText(reference, 'token')).find((token) => token !== null) ?? null // prettier-ignore
  },
  writeBack: async (reach, payment) => {
    const path = `/invoices/${encodeURIComponent(payment.invoiceId)}/transactions`
    await ask(reach, 'POST', path, {
      headers: { 'idempotency-key': payment.idempotencyKey },
      body: {
        amount: Number(toDecimalAmount(payment.amountMinor, payment.currency)),
        payment_method: 'other',
        description: `Recovered: ${payment.reference}`,
        collected_at: formatInstant(payment.paidAt),
      },
    })
  },
}

async function ask(
  { call, credentials }: Reach,
  method: 'GET' | 'POST',
  path: string,
  more: { readonly body?: object; readonly headers?: Readonly<Record<string, string>> } = {},
) {
  const basic = Buffer.from(`${credentials['api_key'] ?? ''}:`).toString('base64')
  const headers = {
    authorization: `Basic ${basic}`,
    accept: 'application/vnd.recurly.v2021-02-25',
    ...more.headers,
  }
  const answer = await call({ method, path, headers, body: more.body })
  if (answer.status === 404 && method === 'GET') return answer
  if (answer.status < 200 || answer.status > 299) {
    const told = readText(answer.body, 'error', 'message') ?? 'nothing more'
    throw new PlatformSilence(`Recurly answered ${answer.status}: ${told}`)
  }
  return answer
}

const STATE: Readonly<Record<string, PlatformBill['state']>> = {
  open: 'open',
  pending: 'open',
  past_due: 'open',
  // A bank payment: it may take days.
  processing: 'busy',
  paid: 'paid',
  failed: 'closed',
  voided: 'closed',
  closed: 'closed',
}

function toBill(invoice: unknown): PlatformBill {
  const currency = parseCurrency(readText(invoice, 'currency') ?? '')
  const state = STATE[readText(invoice, 'state') ?? '']
  if (currency === null || state === undefined)
    throw new PlatformSilence('Recurly answered with no invoice that makes sense')
  const dueMinor = fromDecimalAmount(readWritten(invoice, 'balance'), currency)
  if (dueMinor === null) throw new PlatformSilence('Recurly answered without a balance')
  return { state, dueMinor, currency, token: null, email: null, declineCode: null }
}

/** JSON or XML; the name of the event is the root element, or a field, with or without `_notification`. */
function readEvent(body: string): NamedEvent | null {
  const told = body.trimStart().startsWith('<') ? readXml(body.trim()) : parseJson(body)
  const typed = readText(told, 'event_type') ?? readText(told, 'event')
  const [root] = Object.entries(Object(told)).filter(([name]) => name.endsWith('_notification'))
  const type = (typed ?? root?.[0] ?? '').replace(/_notification$/, '')
  const subject = root === undefined ? readRecord(told) : readRecord(root[1])
  if (type === '' || subject === null) return null
  const transaction = readRecord(subject, 'transaction')
  const customerId = readText(subject, 'account', 'account_code') ?? readText(subject, 'account', 'code') // prettier-ignore
  const attemptId = readText(transaction, 'id') ?? readText(transaction, 'uuid')
  if (type === 'failed_payment') {
    const event = failureOf(subject, { customerId, attemptId })
    return { id: `${type}:${attemptId ?? readText(subject, 'id') ?? ''}`, event }
  }
  // The id in JSON is that of the resource (docs.recurly.com, "Webhooks"): each of its changes has its time.
  const at = readText(told, 'event_time')
  const named = readText(subject, 'id') ?? readText(told, 'id')
  const id = `${type}:${named ?? hmacHex('sha256', type, body)}${at === null ? '' : `:${at}`}`
  if (type === 'billing_info_updated' && customerId !== null) {
    const event = { kind: 'card_replaced', customerId, token: null, paymentSourceId: null } as const
    // XML has the fields of the account alone: each card of an account is told in the same words.
    if (named === null) return { id, isUnnamed: true, event: { ...event, isTokenNew: true } }
    return { id, event }
  }
  return { id, event: { kind: 'ignored', type } }
}

function failureOf(
  subject: JsonRecord,
  given: { readonly customerId: string | null; readonly attemptId: string | null },
): NamedEvent['event'] {
  const transaction = readRecord(subject, 'transaction')
  const { customerId, attemptId } = given
  const invoiceId = readText(transaction, 'invoice_id') ?? readText(subject, 'invoice', 'id')
  if (invoiceId === null || attemptId === null)
    return { kind: 'ignored', type: 'failed_payment without an invoice' }
  return {
    kind: 'failed',
    failures: [
      {
        invoiceId,
        billingAttemptId: attemptId,
        customerId,
        subscriptionId: readText(transaction, 'subscription_id'),
        declineCode:
          readText(transaction, 'gateway_error_codes') ??
          readText(transaction, 'gateway_error_code') ??
          readText(transaction, 'failure_type'),
        token: null,
        paymentSourceId: null,
        email: readText(subject, 'account', 'email'),
        currency: null,
      },
    ],
  }
}
