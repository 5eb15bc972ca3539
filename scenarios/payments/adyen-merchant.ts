// What the stories at Adyen share: a sandbox's own account there, played by our double of it.
import assert from 'node:assert/strict'
import {
  ADYEN_KEYS,
  signAdyenWebhook,
  signTokenWebhook,
  type AdyenDouble,
  type NotificationItem,
  type TokenEvent,
} from '@perennial/testkit/gateway-doubles/adyen'
import type { ScenarioWorld } from '@perennial/testkit/scenario'

const { apiKey: api_key, merchantAccount, hmacKey } = ADYEN_KEYS

/** Returns where its webhooks go. */
export async function connectAdyen(world: ScenarioWorld, double: AdyenDouble): Promise<string> {
  const connected = await world.api.post('/gateways', {
    kind: 'adyen',
    name: 'Adyen',
    base_url: double.url,
    credentials: { api_key, merchant_account: merchantAccount, hmac_key: hmacKey },
  })
  await world.expects(['gateway.created'])
  world.countCharges(() =>
    double.payments().flatMap(({ pspReference, captured, refunds }) => {
      const refunded = refunds.reduce((sum, value) => sum + value, 0)
      return refunded < captured ? [`${pspReference} ${captured}`] : []
    }),
  )
  const id = connected.text('data.id')
  return `${world.house.service.url}/webhooks/gateways/${world.accountId}/${id}`
}

/** Returns the id of the payment method, which is its customer's default. */
export async function attachAdyenCard(
  world: ScenarioWorld,
  card: ReturnType<AdyenDouble['addCard']>,
): Promise<string> {
  const customer = await world.customer('Ada')
  const body = {
    customer_id: customer.id,
    type: 'card',
    token: `${merchantAccount}|${card.id}|${card.shopperReference}`,
    gateway: 'adyen',
    is_default: true,
  }
  return (await world.api.post('/payment-methods', body)).text('data.public_id')
}

/** A webhook of Adyen's, signed as it signs. */
export async function tellAdyen(
  webhookUrl: string,
  items: readonly NotificationItem[],
  sentAt: string,
): Promise<void> {
  const { body, headers } = signAdyenWebhook(items, { hmacKey, merchantAccount, sentAt })
  const answered = await fetch(webhookUrl, { method: 'POST', body, headers })
  assert.deepEqual([answered.status, await answered.text()], [200, '[accepted]'])
}

/** What has become of a token, as its own webhook tells it. */
export async function tellOfToken(
  webhookUrl: string,
  type: TokenEvent['type'],
  card: TokenEvent['card'],
): Promise<void> {
  const event = { type, card, merchantAccount, createdAt: '2027-01-31T12:00:00+01:00' }
  const { body, headers } = signTokenWebhook(event, { hmacKey })
  const answered = await fetch(webhookUrl, { method: 'POST', body, headers })
  assert.equal(answered.status, 200)
}

/** Of the shoppers whom their issuer wants to see. */
export const CHALLENGED = { number: '4917610000000000' } as const
/** The same, where a browser has to post a form to the issuer. */
export const CHALLENGED_BY_FORM = { number: '4212345678901237' } as const

/** What the payer's browser does at the issuer's page: the address at which it comes back to us. */
export async function answerIssuer(url: string, answer: 'passed' | 'failed'): Promise<string> {
  const sent = await fetch(`${url}&answer=${answer}`, { redirect: 'manual' })
  return sent.headers.get('location') ?? assert.fail(`the issuer answered ${sent.status}`)
}

/** Opens a page of ours at the service, whatever name links are made with. */
export function openOurs(world: ScenarioWorld, url: string): Promise<Response> {
  const { pathname, search } = new URL(url)
  return fetch(`${world.house.service.url}${pathname}${search}`, { redirect: 'manual' })
}
