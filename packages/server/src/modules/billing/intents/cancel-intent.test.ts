import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { decodeId } from '@perennial/core/ids'
import type { CommandContext } from '../../../platform/command/index.ts'
import { type BillingShop, startBillingShop } from '../../../testing/test-card-world.ts'
import { cancelIntent } from './cancel-intent.ts'
import { loadScope } from '../load/load-scope.ts'

let shop: BillingShop
before(async () => {
  shop = await startBillingShop()
})
after(() => shop.closeSound())

const post = (path: string, body: object = {}) => shop.request('POST', path, { body })

async function contextOf(): Promise<CommandContext> {
  const { database, ids, clock } = shop
  const scope = await loadScope(shop.billing, shop.account.sandbox.accountId)
  return {
    ...scope,
    now: scope.clockHeldAt ?? clock.now(),
    ids,
    request: null,
    inTx: (work) => database.tx(work),
    remember: async () => {},
  }
}

test('an intent that is confirmed anew while its challenge is called off is not canceled', async () => {
  const customer = await shop.createCustomer()
  const method = await shop.attach(customer, 'tok_authenticate')
  const body = { amount: 5_000, currency: 'usd', customer, payment_method: method }
  const made = await post('/payment-intents', body)
  assert.ok(made.status < 300, JSON.stringify(made.body))
  const id = made.text('id')
  const confirm = () => post(`/payment-intents/${id}/confirm`, { payment_method: method })
  assert.equal((await confirm()).at('status'), 'requires_action')
  const { gateways } = shop
  const portOf: typeof gateways.portOf = async (accountId, gatewayId) => {
    const found = await gateways.portOf(accountId, gatewayId)
    const busy: typeof found.port.void = async (charge) => {
      const outcome = await found.port.void(charge)
      await confirm()
      assert.equal((await confirm()).at('status'), 'requires_action')
      return outcome
    }
    return { ...found, port: { ...found.port, void: busy } }
  }
  const decoded = decodeId('payment_intent', id)
  assert.ok(decoded.kind === 'ok')
  const deps = { ...shop.billing, gateways: { ...gateways, portOf } }
  const request = { id: decoded.id, reason: null }
  const canceled = await cancelIntent(deps, await contextOf(), request)
  assert.equal(canceled.kind === 'refused' && canceled.code, 'intent_being_charged')
  const shown = await shop.request('GET', `/payment-intents/${id}`)
  assert.equal(shown.at('status'), 'requires_action')
  assert.equal((await post(`/payment-intents/${id}/cancel`)).at('status'), 'canceled')
  const live = (await shop.audit()).filter(({ status }) => status === 'needs_action')
  assert.deepEqual(live, [])
})

test('a payment that goes well while it is called off is booked as called off', async () => {
  const customer = await shop.createCustomer()
  const method = await shop.attach(customer, 'tok_authenticate')
  const body = { amount: 5_000, currency: 'usd', customer, payment_method: method }
  const id = (await post('/payment-intents', body)).text('id')
  const confirmed = await post(`/payment-intents/${id}/confirm`, { payment_method: method })
  const url = confirmed.text('next_action.redirect_to_url.url')
  const { gateways } = shop
  const portOf: typeof gateways.portOf = async (accountId, gatewayId) => {
    const found = await gateways.portOf(accountId, gatewayId)
    const late: typeof found.port.void = async (charge) => {
      await fetch(url, { method: 'POST', body: new URLSearchParams({ result: 'succeeded' }) })
      const paid = await shop.request('GET', `/payment-intents/${id}`)
      assert.equal(paid.at('amount_received'), 5_000)
      const outcome = await found.port.void(charge)
      assert.equal(outcome.kind, 'voided')
      return outcome
    }
    return { ...found, port: { ...found.port, void: late } }
  }
  const decoded = decodeId('payment_intent', id)
  assert.ok(decoded.kind === 'ok')
  const deps = { ...shop.billing, gateways: { ...gateways, portOf } }
  const request = { id: decoded.id, reason: 'changed their mind' }
  const canceled = await cancelIntent(deps, await contextOf(), request)
  assert.equal(canceled.kind, 'accepted', JSON.stringify(canceled))
  const shown = await shop.request('GET', `/payment-intents/${id}`)
  assert.equal(shown.at('amount_received'), 0)
  assert.equal((await shop.request('GET', `/payments/${id}`)).at('status'), 'voided')
  const [paymentVoid] = [(await shop.request('GET', '/voids?limit=1')).at('data.0')]
  assert.partialDeepStrictEqual(paymentVoid, { status: 'succeeded', reason: 'changed their mind' })
})
