import { strictEqual } from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { parseCurrency } from '@perennial/core/money'
import { assert } from '@perennial/core/fault'
import type { WebhookRequest } from '@perennial/core/payments'
import { addDays, formatInstant, toUnixSeconds, type Instant } from '@perennial/core/time'
import { loadWorld, readWorldFile, startWorld } from '@perennial/world'
import { systemClock } from '../../platform/clock/index.ts'
import { gatewayContract } from '../../testing/test-gateway-contract.ts'
import type { ContractGateway, SeenCharge, WebhookWish } from '../contract/contract-gateway.ts'
import { createSimulatedGateway } from './index.ts'

const WEBHOOK_SECRET = 'whsec_of_this_test'

gatewayContract({
  name: 'the simulated gateway',
  open: openSimulated,
  cards: {
    approved: 'tok_visa',
    declined: { token: 'tok_decline_do_not_honor', code: 'do_not_honor' },
    insufficientFunds: 'tok_decline_insufficient_funds',
    needsAction: 'tok_authenticate',
    timeoutCharged: 'tok_timeout_charged',
    timeoutNotCharged: 'tok_timeout_not_charged',
    pending: 'tok_ach',
    byType: {
      card: 'tok_visa',
      us_bank_account: 'tok_ach',
      bank_account: 'tok_sepa',
      bacs_direct_debit: 'tok_bacs',
    },
    unknown: 'card_000000000000',
  },
  unable: {},
})

type RefundRow = { readonly amount_minor: number }

type AuditRow = {
  readonly account: string
  readonly charge_id: string | null
  readonly amount_minor: number
  readonly currency: string
  readonly captured_minor: number
  readonly sent_network_transaction_id: string | null
  readonly money_moved: boolean
  readonly status: string | null
}

async function openSimulated(): Promise<ContractGateway> {
  const loading = loadWorld(readWorldFile('calm'))
  assert(loading.kind === 'loaded', 'the calm world is valid')
  const local = { port: 0, host: '127.0.0.1', stateDir: null, latency: false }
  const world = await startWorld({ world: loading.world, ...local })
  const clock = { aheadDays: 0 }
  const now = (): Instant => addDays(systemClock().now(), clock.aheadDays)
  return {
    connect: async ({ baseUrl = world.url, timeoutMs = 2_000, credentials } = {}) =>
      createSimulatedGateway({
        worldUrl: baseUrl,
        gateway: credentials === 'bad' ? 'nobody' : 'amber',
        timeoutMs,
        connections: 4,
        webhookSecret: WEBHOOK_SECRET,
      }),
    chargesUnder: async (key) => {
      const headers = { 'x-perennial-now': formatInstant(now()) }
      const response = await fetch(`${world.url}/audit?idempotency_key=${key}`, { headers })
      const { data } = (await response.json()) as { readonly data: readonly AuditRow[] }
      return data.filter(({ status }) => status === 'succeeded').map(toSeen)
    },
    refundsOf: async (charge) => {
      const accounts = await fetch(`${world.url}/audit?limit=1000`)
      const { data } = (await accounts.json()) as { readonly data: readonly AuditRow[] }
      const account = data.find(({ charge_id }) => charge_id === charge)?.account ?? ''
      const headers = { 'x-perennial-account': account }
      const path = `/gateways/amber/charges/${charge}/refunds`
      const response = await fetch(world.url + path, { headers })
      const refunds = (await response.json()) as { readonly data: readonly RefundRow[] }
      return refunds.data.map(({ amount_minor }) => ({ amountMinor: BigInt(amount_minor) }))
    },
    instrument: {
      kind: 'card',
      card: {
        number: '4242424242424242',
        expMonth: 12,
        expYear: 2039,
        securityCode: '123',
        holderName: null,
      },
    },
    webhook: async (wish) => signWebhook(wish),
    // The world settles at midnight.
    settle: async () => {
      clock.aheadDays += 1
    },
    letGo: async () => {
      clock.aheadDays += 8
      return null
    },
    renewedCard: async () => {
      const before = formatInstant(addDays(now(), -80))
      const headers = { 'x-perennial-now': before }
      const token = `tok_updated_${formatInstant(addDays(now(), -40)).slice(0, 7).replace('-', '')}`
      const response = await fetch(`${world.url}/gateways/amber/tokens/${token}`, { headers })
      const was = (await response.json()) as { readonly exp_month: number; exp_year: number }
      return { token, was: { expMonth: was.exp_month, expYear: was.exp_year } }
    },
    now,
    authenticate: async ({ url }, answer) => {
      const body = JSON.stringify({ result: answer === 'passed' ? 'succeeded' : 'failed' })
      const headers = { 'content-type': 'application/json' }
      const { status } = await fetch(url, { method: 'POST', headers, body })
      strictEqual(status, 200)
    },
    close: () => world.close(),
  }
}

/** As the world tells such things; nothing of them is due in the test's own time. */
function signWebhook({ about, charge, signedWith, sentAt }: WebhookWish): WebhookRequest {
  const head = { id: `nt_${about}_${charge.gatewayReference}`, time: formatInstant(sentAt) }
  const key = charge.idempotencyKey
  const money = { amount_minor: 1_999, currency: 'USD' }
  const bodies = {
    charge: {
      kind: 'charge',
      charge: { id: charge.gatewayReference, status: 'succeeded', idempotency_key: key, ...money },
    },
    refund: {
      kind: 'refund',
      refund: { id: 're_1', charge_id: charge.gatewayReference, status: 'succeeded', ...money },
    },
    dispute: {
      kind: 'dispute',
      dispute: {
        id: 'dp_1',
        charge_id: charge.gatewayReference,
        status: 'needs_response',
        reason: 'duplicate',
        ...money,
      },
    },
    other: { kind: 'weather' },
  }
  const body = JSON.stringify({ ...head, ...bodies[about] })
  const secret = signedWith === 'own secret' ? WEBHOOK_SECRET : 'whsec_of_another'
  const time = toUnixSeconds(sentAt)
  const digest = createHmac('sha256', secret).update(`${time}.${body}`).digest('hex')
  return {
    headers: { 'x-world-signature': `t=${time},v1=${digest}` },
    body: new TextEncoder().encode(body),
    receivedAt: sentAt,
  }
}

function toSeen(row: AuditRow): SeenCharge {
  const currency = parseCurrency(row.currency.toUpperCase())
  assert(currency !== null, 'the world charges in currencies')
  return {
    gatewayReference: row.charge_id ?? '',
    amountMinor: BigInt(row.amount_minor),
    currency,
    capturedMinor: BigInt(row.captured_minor),
    sentNetworkTransactionId: row.sent_network_transaction_id,
  }
}
