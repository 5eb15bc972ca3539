import { parseCurrency } from '@perennial/core/money'
import { toUnixSeconds } from '@perennial/core/time'
import type {
  CallPlatform,
  Connector,
  ConnectorCredentials,
  NamedEvent,
  PlatformBill,
} from '../../modules/recovery/index.ts'
import { PlatformSilence } from '../../modules/recovery/index.ts'
import { fromVendorAmount, toVendorAmount } from '../../platform/amounts/index.ts'
import {
  isBasicPair,
  parseJson,
  readList,
  readNumber,
  readRecord,
  readText,
  type JsonRecord,
} from '../../platform/foreign/index.ts'

type Reach = { readonly call: CallPlatform; readonly credentials: ConnectorCredentials }

/** Chargebee (apidocs.chargebee.com): webhooks by HTTP Basic; we charge, and record the payment on its invoice. */
export const chargebee: Connector = {
  platform: 'chargebee',
  name: 'Chargebee',
  collects: 'here',
  dialect: null,
  fields: [
    { id: 'site', label: 'Site', isSecret: false, isRequired: true, hint: 'acme of acme.chargebee.com.' }, // prettier-ignore
    { id: 'api_key', label: 'API key', isSecret: true, isRequired: true, hint: 'Settings, Configure Chargebee, API Keys.' }, // prettier-ignore
    { id: 'webhook_user', label: 'Webhook user', isSecret: false, isRequired: true, hint: 'As it is set on the webhook.' }, // prettier-ignore
    { id: 'webhook_password', label: 'Webhook password', isSecret: true, isRequired: true, hint: 'As it is set on the webhook.' }, // prettier-ignore
  ],
  addressOf: ({ site }) =>
    /^[a-z0-9-]{1,60}$/i.test(site ?? '') ? `https://${site}.chargebee.com` : null,
  isAuthentic: (credentials, { headers }) =>
    isBasicPair(headers['authorization'], {
      user: credentials['webhook_user'] ?? '',
      password: credentials['webhook_password'] ?? '',
    }),
  readEvent,
  readBill: async (reach, { invoiceId }) => {
    const answer = await ask(reach, 'GET', `/api/v2/invoices/${encodeURIComponent(invoiceId)}`)
    return answer.status === 404 ? null : toBill(readRecord(answer.body, 'invoice'))
  },
  findToken: async (reach, { paymentSourceId }) => {
    if (paymentSourceId === null) return null
    const path = `/api/v2/payment_sources/${encodeURIComponent(paymentSourceId)}`
    const answer = await ask(reach, 'GET', path)
    return tokenOf(readText(answer.body, 'payment_source', 'reference_id'))
  },
  writeBack: async (reach, payment) => {
    const amount = toVendorAmount(payment.amountMinor, payment.currency, exponentOf(payment))
    const form = new URLSearchParams({
      'transaction[amount]': String(amount),
      'transaction[payment_method]': 'other',
      'transaction[reference_number]': payment.reference,
      'transaction[date]': String(toUnixSeconds(payment.paidAt)),
      comment: 'Recovered by Perennial',
    })
    const path = `/api/v2/invoices/${encodeURIComponent(payment.invoiceId)}/record_payment`
    const key = { 'chargebee-idempotency-key': payment.idempotencyKey }
    await ask(reach, 'POST', path, { body: form, headers: key })
  },
}

/** Amounts are in minor units, of two decimals for all but those currencies that have none. */
function exponentOf({ currency }: { readonly currency: string }): number {
  return ['JPY', 'KRW', 'VND', 'CLP', 'PYG', 'UGX', 'XAF', 'XOF'].includes(currency) ? 0 : 2
}

async function ask(
  { call, credentials }: Reach,
  method: 'GET' | 'POST',
  path: string,
  more: {
    readonly body?: URLSearchParams
    readonly headers?: Readonly<Record<string, string>>
  } = {},
) {
  const basic = Buffer.from(`${credentials['api_key'] ?? ''}:`).toString('base64')
  const headers = { authorization: `Basic ${basic}`, ...more.headers }
  const answer = await call({ method, path, headers, body: more.body })
  if (answer.status === 404 && method === 'GET') return answer
  if (answer.status < 200 || answer.status > 299) {
    const told = readText(answer.body, 'message') ?? 'nothing more'
    throw new PlatformSilence(`Chargebee answered ${answer.status}: ${told}`)
  }
  return answer
}

const STATE: Readonly<Record<string, PlatformBill['state']>> = {
  paid: 'paid',
  voided: 'closed',
  posted: 'open',
  payment_due: 'open',
  not_paid: 'open',
  pending: 'closed',
}

function toBill(invoice: JsonRecord | null): PlatformBill {
  const currency = parseCurrency(readText(invoice, 'currency_code') ?? '')
  const state = STATE[readText(invoice, 'status') ?? '']
  if (currency === null || state === undefined)
    throw new PlatformSilence('Chargebee answered with no invoice that makes sense')
  const amountOf = (name: string): bigint | null =>
    fromVendorAmount(readNumber(invoice, name), currency, exponentOf({ currency }))
  const due = amountOf('amount_due')
  if (due === null) throw new PlatformSilence('Chargebee answered without the amount that is due')
  // What is due, less the payments that are on their way.
  const dueMinor = amountOf('amount_to_collect') ?? due
  const isBusy = state === 'open' && due > 0n && dueMinor <= 0n
  const none = { token: null, email: null, declineCode: null }
  return { state: isBusy ? 'busy' : state, dueMinor, currency, ...none }
}

/** "cus_x/card_y" names the gateway's customer and its token; the token is what a gateway is charged by. */
function tokenOf(reference: string | null): string | null {
  return reference?.split('/').at(-1) ?? null
}

function readEvent(body: string): NamedEvent | null {
  const told = parseJson(body)
  const id = readText(told, 'id')
  const type = readText(told, 'event_type')
  if (id === null || type === null) return null
  const content = readRecord(told, 'content')
  if (type === 'payment_failed') return { id, event: failureOf(content) }
  if (type === 'payment_source_updated') {
    const source = readRecord(content, 'payment_source')
    const customerId = readText(source, 'customer_id') ?? readText(content, 'customer', 'id')
    const token = tokenOf(readText(source, 'reference_id'))
    const paymentSourceId = readText(source, 'id')
    if (customerId !== null)
      return { id, event: { kind: 'card_replaced', customerId, token, paymentSourceId } }
  }
  return { id, event: { kind: 'ignored', type } }
}

/** One charge may be for several invoices: each is recovered by itself. */
function failureOf(content: JsonRecord | null): NamedEvent['event'] {
  const transaction = readRecord(content, 'transaction')
  const linked = (readList(transaction, 'linked_invoices') ?? []).map((one) => readText(one, 'invoice_id')) // prettier-ignore
  const named = [readText(content, 'invoice', 'id'), ...linked]
  const invoiceIds = [...new Set(named)].filter((id) => id !== null)
  const billingAttemptId = readText(transaction, 'id')
  if (invoiceIds.length === 0 || billingAttemptId === null)
    return { kind: 'ignored', type: 'payment_failed without an invoice' }
  const failures = invoiceIds.map((invoiceId) => ({
    invoiceId,
    billingAttemptId,
    customerId: readText(transaction, 'customer_id') ?? readText(content, 'customer', 'id'),
    subscriptionId: readText(transaction, 'subscription_id'),
    declineCode: readText(transaction, 'error_code'),
    token: null,
    paymentSourceId: readText(transaction, 'payment_source_id'),
    email: readText(content, 'customer', 'email'),
    currency: null,
  }))
  return { kind: 'failed', failures }
}
