import assert from 'node:assert/strict'
import { parseCurrency } from '@perennial/core/money'
import type { WebhookRequest } from '@perennial/core/payments'
import { addDays, formatInstant, type Instant } from '@perennial/core/time'
import { loadWorld, readWorldFile, startWorld } from '@perennial/world'
import Stripe from 'stripe'
import { systemClock } from '../../platform/clock/index.ts'
import { readNumber } from '../../platform/foreign/index.ts'
import { gatewayContract } from '../../testing/test-gateway-contract.ts'
import type { ContractGateway, SeenCharge, WebhookWish } from '../contract/index.ts'
import { KEY_NAME } from './payment-intent.ts'
import { createStripeGateway } from './stripe-gateway.ts'

const WEBHOOK_SECRET = 'whsec_contract0123456789'

const NO_NOTHING = 'a payment intent of nothing is refused; one unit is held and let go instead'

gatewayContract({
  name: 'Stripe, on the card world’s dialect of it,',
  open: openStripeWorld,
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
  unable: {
    describe_bin: 'Stripe tells the first digits of a card to few accounts',
    verify_without_hold: NO_NOTHING,
    verify_refused: NO_NOTHING,
    network_id_sent:
      'Stripe keeps the network’s name with the payment method and sends it by itself',
  },
})

async function openStripeWorld(): Promise<ContractGateway> {
  const loading = loadWorld(readWorldFile('calm'))
  assert(loading.kind === 'loaded', 'the calm world is valid')
  const local = { port: 0, host: '127.0.0.1', stateDir: null, latency: false }
  const world = await startWorld({ world: loading.world, ...local })
  return {
    connect: async ({
      baseUrl = `${world.url}/stripe/amber`,
      credentials,
      timeoutMs = 2_000,
    } = {}) =>
      createStripeGateway({
        environment: 'test',
        credentials: {
          secret_key: credentials === 'bad' ? 'sk_test_invalid' : 'sk_test_amber',
          webhook_secret: WEBHOOK_SECRET,
        },
        baseUrl,
        timeoutMs,
        connections: 4,
      }),
    chargesUnder: (key) => chargesUnder(world.url, key),
    refundsOf: async (reference) => {
      const { data } = await askList(
        `${world.url}/stripe/amber/v1/refunds?payment_intent=${reference}`,
      )
      return data.toReversed().map(({ amount }) => ({ amountMinor: BigInt(amount ?? 0) }))
    },
    authenticate: async ({ url }, answer) => {
      const body = JSON.stringify({ result: answer === 'passed' ? 'succeeded' : 'failed' })
      const headers = { 'content-type': 'application/json' }
      const { status } = await fetch(url, { method: 'POST', headers, body })
      assert.equal(status, 200)
    },
    // The dialect lives on real time unless it is told another: it is asked how the intent will stand.
    letGo: async ({ gatewayReference }) => {
      const sentAt = systemClock().now()
      const url = `${world.url}/stripe/amber/v1/payment_intents/${gatewayReference}`
      const object = await ask(url, addDays(sentAt, 8))
      const event = { type: 'payment_intent.canceled', object, sentAt }
      return signEvent(event, WEBHOOK_SECRET)
    },
    renewedCard: async () => {
      const now = systemClock().now()
      const token = `tok_updated_${formatInstant(addDays(now, -40)).slice(0, 7).replace('-', '')}`
      const url = `${world.url}/stripe/amber/v1/payment_methods/${token}`
      const was = await ask(url, addDays(now, -80))
      const expMonth = readNumber(was, 'card', 'exp_month')
      return { token, was: { expMonth, expYear: readNumber(was, 'card', 'exp_year') } }
    },
    webhook: async (wish) => signed(wish),
    instrument: {
      kind: 'card',
      card: {
        number: '4242424242424242',
        expMonth: 12,
        expYear: 2039,
        securityCode: '123',
        holderName: 'Ada Lovelace',
      },
    },
    close: () => world.close(),
  }
}

type Row = {
  readonly id: string
  readonly amount?: number
  readonly currency?: string
  readonly status?: string
  readonly amount_received?: number
  readonly metadata?: Readonly<Record<string, string>>
}

/** What the world answers, at a time that it is told or at its own. */
async function ask(url: string, at?: Instant): Promise<unknown> {
  const time = at === undefined ? {} : { 'x-perennial-now': formatInstant(at) }
  const answer = await fetch(url, { headers: { authorization: 'Bearer sk_test_amber', ...time } })
  return answer.json()
}

async function askList(url: string): Promise<{ readonly data: readonly Row[] }> {
  return (await ask(url)) as { readonly data: readonly Row[] }
}

async function chargesUnder(worldUrl: string, key: string): Promise<readonly SeenCharge[]> {
  const { data } = await askList(`${worldUrl}/stripe/amber/v1/payment_intents?limit=100`)
  const made = ['succeeded', 'requires_capture', 'canceled']
  return data
    .filter(({ metadata, status = '' }) => metadata?.[KEY_NAME] === key && made.includes(status))
    .map((row) => {
      const currency = parseCurrency(row.currency ?? '')
      assert(currency !== null, 'the world charges in currencies')
      return {
        gatewayReference: row.id,
        amountMinor: BigInt(row.amount ?? 0),
        currency,
        capturedMinor: BigInt(row.amount_received ?? 0),
        sentNetworkTransactionId: null,
      }
    })
}

function signed({ about, charge, signedWith, sentAt }: WebhookWish) {
  const created = Math.floor(sentAt / 1000)
  const objects = {
    charge: {
      id: charge.gatewayReference,
      object: 'payment_intent',
      status: 'succeeded',
      amount: 1999,
      currency: 'usd',
      metadata: { [KEY_NAME]: charge.idempotencyKey },
      latest_charge: 'ch_1',
    },
    refund: {
      id: 're_1',
      object: 'refund',
      amount: 500,
      currency: 'usd',
      payment_intent: charge.gatewayReference,
      charge: 'ch_1',
      status: 'succeeded',
    },
    dispute: {
      id: 'dp_1',
      object: 'dispute',
      amount: 1999,
      currency: 'usd',
      charge: 'ch_1',
      payment_intent: charge.gatewayReference,
      reason: 'fraudulent',
      status: 'needs_response',
      evidence_details: { due_by: created + 86_400 },
      balance_transactions: [{ id: 'txn_1', amount: -1999, fee: 1500, currency: 'usd' }],
    },
    other: { id: 'in_1', object: 'invoice' },
  }
  const types = {
    charge: 'payment_intent.succeeded',
    refund: 'refund.created',
    dispute: 'charge.dispute.created',
    other: 'invoice.created',
  }
  const event = { type: types[about], object: objects[about], sentAt }
  return signEvent(
    event,
    signedWith === 'own secret' ? WEBHOOK_SECRET : 'whsec_somebodyelse01234567',
  )
}

let events = 0

type StripeEvent = { readonly type: string; readonly object: unknown; readonly sentAt: Instant }

/** An event as the vendor's pages show it, signed by the vendor's own library. */
function signEvent({ type, object, sentAt }: StripeEvent, secret: string): WebhookRequest {
  const created = Math.floor(sentAt / 1000)
  events += 1
  const payload = JSON.stringify({
    id: `evt_${events}`,
    object: 'event',
    type,
    created,
    data: { object },
  })
  const signature = new Stripe('sk_test_1').webhooks.generateTestHeaderString({
    payload,
    secret,
    timestamp: created,
  })
  return {
    headers: { 'content-type': 'application/json', 'stripe-signature': signature },
    body: new TextEncoder().encode(payload),
    receivedAt: sentAt,
  }
}
