import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { startPlatform, type Bill } from '@perennial/testkit/platform-doubles'
import type { ScenarioWorld } from '@perennial/testkit/scenario'
import { runConnectors } from '../../packages/server/src/modules/recovery/index.ts'
import type { Biller } from './biller.ts'

export type Platform = Parameters<typeof startPlatform>[0]
export type Headers = Readonly<Record<string, string>>

/** A platform that a biller has connected, by the credentials below unless others are given; closed with the story. */
export async function connect(
  world: ScenarioWorld,
  biller: Biller,
  given: { readonly platform: Platform; readonly credentials?: object },
) {
  const { platform, credentials = CREDENTIALS[platform] } = given
  const double = await startPlatform(platform)
  const body = { platform, client_id: biller.clientId, credentials, base_url: double.url }
  const created = await world.api.post('/recovery/connectors', body)
  const address = `/api/connectors/${platform}/webhook/${biller.clientId}`
  assert.ok(created.text('data.webhook_url').endsWith(address))
  const send = async (text: string, headers: Headers = {}): Promise<number> => {
    const url = `${world.house.service.url}${address}`
    const response = await fetch(url, { method: 'POST', body: text, headers })
    return response.status
  }
  const id = created.text('data.id')
  return {
    double,
    address,
    send,
    /** What was told is acted on, and platforms are told in turn. */
    work: () => runConnectors(world.house.service.billing),
    shown: () => world.api.get(`/recovery/connectors/${id}`),
  }
}

export async function statesOf(world: ScenarioWorld): Promise<string[]> {
  const rows = await world.house.database.kysely
    .selectFrom('outside_recoveries')
    .select('state')
    .where('account_id', '=', world.accountId)
    .orderBy('id')
    .execute()
  return rows.map(({ state }) => state)
}

/** In minor units: what each recovery is for, and what was charged for them. */
export async function amountsOf(world: ScenarioWorld) {
  const rowsOf = (table: 'outside_recoveries' | 'outside_attempts') =>
    world.house.database.kysely
      .selectFrom(table)
      .select('amount_minor')
      .where('account_id', '=', world.accountId)
      .orderBy('id')
      .execute()
  const toNumbers = (rows: readonly { amount_minor: bigint }[]): number[] =>
    rows.map(({ amount_minor: minor }) => Number(minor))
  return {
    recoveries: toNumbers(await rowsOf('outside_recoveries')),
    attempts: toNumbers(await rowsOf('outside_attempts')),
  }
}

export const hmac = (secret: string, text: string): string =>
  createHmac('sha256', secret).update(text).digest('hex')
export const basic = (user: string, password: string): Headers => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
})
export const nowS = (world: ScenarioWorld): number => Math.trunc(world.house.clock.now() / 1_000)

/** The signature of what Stripe tells now. */
export function stripeSigned(world: ScenarioWorld, text: string): Headers {
  const t = nowS(world)
  return { 'stripe-signature': `t=${t},v1=${hmac('whsec_1', `${t}.${text}`)}` }
}

export const CREDENTIALS: Readonly<Record<Platform, object>> = {
  chargebee: { site: 'acme', api_key: 'key_test', webhook_user: 'u', webhook_password: 'p:w' },
  recurly: { subdomain: 'acme', api_key: 'k', webhook_secret: 's' },
  'stripe-billing': { api_key: 'rk_test', webhook_secret: 'whsec_1' },
  braintree: { merchant_id: 'm1', public_key: 'pub', private_key: 'priv' },
  zuora: { client_id: 'c', client_secret: 's', callout_user: 'u', callout_password: 'p' },
  'shopify-recharge': { api_token: 't', client_secret: 'cs' },
}

export const chargebeeFailure = (bill: Bill, id = 'ev_1', source = bill.token): string =>
  JSON.stringify({
    id,
    event_type: 'payment_failed',
    content: {
      transaction: { id: `txn_${id}`, error_code: 'do_not_honor', payment_source_id: `pmsrc_${source}`, customer_id: 'c1' },
      invoice: { id: bill.id },
      customer: { id: 'c1', email: 'ada@example.com' },
    },
  }) // prettier-ignore

/** The older of ReCharge's schemes: named an HMAC, it is a plain hash. */
export const rechargeSigned = (text: string): Headers => ({
  'x-recharge-hmac-sha256': createHash('sha256').update(`cs${text}`).digest('hex'),
})

/** A failure of a bill as its platform tells of it, with its signature. */
export const TOLD_THERE = {
  'stripe-billing': (world: ScenarioWorld, bill: Bill) => {
    const object = { id: bill.id, customer: 'cus_1', attempt_count: 1, customer_email: 'ada@example.com' }
    const text = JSON.stringify({ id: `evt_${bill.id}`, type: 'invoice.payment_failed', data: { object } })
    return [text, stripeSigned(world, text)]
  },
  braintree: (_world: ScenarioWorld, { id, token }: Bill) => {
    const subscription = `<subscription><id>${id}</id><payment-method-token>${token}</payment-method-token></subscription>`
    const xml = `<notification><kind>subscription_went_past_due</kind><subject>${subscription}</subject></notification>`
    const payload = Buffer.from(xml).toString('base64')
    const secret = createHash('sha1').update('priv').digest()
    const signature = createHmac('sha1', secret).update(payload).digest('hex')
    return [new URLSearchParams({ bt_signature: `pub|${signature}`, bt_payload: payload }).toString(), {}]
  },
  'shopify-recharge': (_world: ScenarioWorld, { id }: Bill) => {
    const charge = { id: Number(id), status: 'error', error_type: 'do_not_honor', currency: 'USD', charge_attempts: 1 }
    const text = JSON.stringify({ charge: { ...charge, customer: { id: 77, email: 'ada@example.com' } } })
    return [text, rechargeSigned(text)]
  },
} satisfies Partial<Record<Platform, (world: ScenarioWorld, bill: Bill) => [string, Headers]>> // prettier-ignore
