import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Uuid } from '@perennial/core/ids'
import { type BillingShop, startBillingShop } from '../../../testing/test-card-world.ts'
import { type BillingDeps, contextOf, loadScope, payBill } from '../../billing/index.ts'
import { createCardUpdateLinks } from '../links/create-links.ts'
import type { GivenCard } from '../page/card-page.ts'
import { createCustomerHost } from './create-customer-host.ts'
import type { BillOutcome, CustomerCardDeps } from './customer-deps.ts'

let shop: BillingShop
before(async () => {
  shop = await startBillingShop()
})
after(() => shop.close())

const GOOD = '4242424242424242'

function given(number: string, tries = 0): GivenCard {
  const card = { number, expMonth: 8, expYear: 2032, securityCode: '123', holderName: 'Ada' }
  return { card, postalCode: null, tries }
}

/** The page's host, whose bills end as they are told to. */
function hostWith(payBill: CustomerCardDeps['payBill']) {
  const { billing } = shop
  return createCustomerHost({
    ...billing,
    publicUrl: 'http://localhost',
    openContext: async (accountId) => {
      const scope = await loadScope(billing, accountId)
      return contextOf(billing, { ...scope, runId: null }, shop.clock.now())
    },
    payBill,
  })
}

async function linkOf(customer: Uuid): Promise<string> {
  const { accountId } = shop.account.sandbox
  const owner = { kind: 'customer', customerId: customer, subscriptionId: null } as const
  const wanted = [{ owner, lifetimeMs: 60_000 }]
  const [link] = await shop.database.tx((tx) => createCardUpdateLinks(tx, shop, { accountId, wanted })) // prettier-ignore
  assert.ok(link !== undefined)
  return link.token
}

/** A customer with a bill that was declined. */
async function owing(): Promise<Uuid> {
  const customer = await shop.createCustomer()
  await shop.attach(customer, 'tok_decline_insufficient_funds')
  return subscribed(customer)
}

async function subscribed(customer: string): Promise<Uuid> {
  const product_id = await shop.createPlan(900)
  const body = { customer_id: customer, product_id }
  const created = await shop.request('POST', '/subscriptions', { body })
  assert.equal(created.status, 201, JSON.stringify(created.body))
  const row = await shop.database.kysely.selectFrom('subscriptions').select('customer_id').orderBy('id', 'desc').executeTakeFirstOrThrow() // prettier-ignore
  return row.customer_id
}

test('a card that works but does not pay is kept, is charged once, and leaves room for another', async () => {
  let charged = 0
  let outcome: BillOutcome = { kind: 'declined', code: 'insufficient_funds' }
  const host = hostWith(async () => {
    charged += 1
    return outcome
  })
  const token = await linkOf(await owing())
  const opened = await host.open(token)
  assert.ok(opened.kind === 'accepted')
  assert.deepEqual(opened.value.owed, [{ amountMinor: 900n, currency: 'USD' }])
  const declined = { kind: 'declined', problem: 'funds', tries: 1, isSaved: true, nextToken: null }
  assert.deepEqual(await host.give(token, given(GOOD)), { kind: 'accepted', value: declined })
  // Opened again, nothing is under way, and asking charges nothing.
  const again = await host.open(token)
  assert.ok(again.kind === 'accepted' && !again.value.isReturning)
  assert.deepEqual(again.value.oldCard, { brand: 'visa', last4: '4242' })
  assert.deepEqual(await host.continue(token), { kind: 'refused', code: 'card_busy' })
  assert.equal(charged, 1)
  outcome = { kind: 'settled' }
  const paid = await host.give(token, given('5555555555554444', 1))
  assert.ok(paid.kind === 'accepted' && paid.value.kind === 'paid')
  assert.deepEqual(await host.open(token), { kind: 'refused', code: 'link_used' })
})

test('a new card works at the gateways that charge its owner, first at the one that did last', async () => {
  const { kysely } = shop.database
  const gateways = await kysely
    .selectFrom('gateways')
    .select(['id', 'code'])
    .where('account_id', '=', shop.account.sandbox.accountId)
    .orderBy('position')
    .execute()
  const [first, second] = gateways
  assert.ok(first !== undefined && second !== undefined)
  const customer_id = await shop.createCustomer()
  const body = { customer_id, type: 'card', token: 'tok_decline_insufficient_funds' }
  const post = (path: string, sent: object) => shop.request('POST', path, { body: sent })
  const old = await post('/payment-methods', { ...body, gateway: second.code })
  const customer = await subscribed(customer_id)
  // A token elsewhere that nothing was charged with.
  const extra = { gateway: first.code, token: body.token }
  await post(`/payment-methods/${old.text('data.id')}/tokens`, extra)

  const host = hostWith(async () => ({ kind: 'settled' }))
  const paid = await host.give(await linkOf(customer), given(GOOD))
  assert.ok(paid.kind === 'accepted' && paid.value.kind === 'paid')
  const tokens = await kysely
    .selectFrom('payment_method_tokens as t')
    .innerJoin('payment_methods as m', (join) =>
      join.onRef('m.account_id', '=', 't.account_id').onRef('m.id', '=', 't.payment_method_id'),
    )
    .select(['t.gateway_id'])
    .where('m.customer_id', '=', customer)
    .where('m.is_default', '=', true)
    .execute()
  const held = tokens.map(({ gateway_id }) => gateway_id).toSorted()
  assert.deepEqual(held, [first.id, second.id].toSorted())
  const [verified] = await kysely
    .selectFrom('setup_intents')
    .select('gateway_id')
    .where('customer_id', '=', customer)
    .execute()
  assert.equal(verified?.gateway_id, second.id)
})

test('what a silent bank does not tell is told as under way, what the networks forbid now as later, and the card is taken', async () => {
  const card = { brand: 'visa', last4: '4242' }
  const told = { processing: { kind: 'processing' }, forbidden: { kind: 'saved', card, notCharged: 'later' } } as const // prettier-ignore
  for (const kind of ['forbidden', 'processing'] as const) {
    const host = hostWith(async () => ({ kind }))
    const token = await linkOf(await owing())
    assert.deepEqual(await host.give(token, given(GOOD)), { kind: 'accepted', value: told[kind] })
    assert.deepEqual(await host.open(token), { kind: 'refused', code: 'link_used' })
  }
})

test('a page that is loaded again while its card is being charged leaves room for another card', async () => {
  const { billing } = shop
  const token = await linkOf(await owing())
  // The page is loaded again before the gateway's answer to the charge of its card comes in.
  let loadedAgain: unknown = null
  const gateways: BillingDeps['gateways'] = {
    ...billing.gateways,
    portOf: async (...of) => {
      const found = await billing.gateways.portOf(...of)
      const charge: typeof found.port.charge = async (request) => {
        if (!request.capture) return found.port.charge(request)
        loadedAgain ??= await host.continue(token)
        const decline = {
          code: 'insufficient_funds',
          isoCode: '51',
          adviceCode: null,
          message: null,
        }
        return { kind: 'declined', gatewayReference: null, decline }
      }
      return { ...found, port: { ...found.port, charge } }
    },
  }
  let isSlow = true
  const host = hostWith((context, bill) =>
    payBill(isSlow ? { ...billing, gateways } : billing, context, bill),
  )
  const declined = await host.give(token, given(GOOD))
  assert.deepEqual(loadedAgain, { kind: 'accepted', value: { kind: 'processing' } })
  assert.ok(declined.kind === 'accepted' && declined.value.kind === 'declined')
  isSlow = false
  const paid = await host.give(token, given('5555555555554444', 1))
  assert.ok(paid.kind === 'accepted' && paid.value.kind === 'paid')
})

test('where no gateway can charge, the card is kept, nothing is said to be under way, and the link goes on', async () => {
  const host = hostWith(async () => ({ kind: 'failed' }))
  const token = await linkOf(await owing())
  const outcome = { kind: 'declined', problem: 'declined', tries: 1, isSaved: true, nextToken: null } // prettier-ignore
  assert.deepEqual(await host.give(token, given(GOOD)), { kind: 'accepted', value: outcome })
  assert.equal((await host.open(token)).kind, 'accepted')
})

test('a gateway that is away takes no card and costs no try, and the link goes on', async () => {
  const host = hostWith(async () => ({ kind: 'settled' }))
  const token = await linkOf(await owing())
  const methods = await shop.count('payment_methods')
  await setFault('down')
  const away = await host.give(token, given(GOOD))
  await setFault('none')
  assert.deepEqual(away, { kind: 'accepted', value: { kind: 'unavailable', tries: 0 } })
  assert.equal(await shop.count('payment_methods'), methods)
  const paid = await host.give(token, given(GOOD))
  assert.ok(paid.kind === 'accepted' && paid.value.kind === 'paid')
})

test('another card calls the challenge of the first one off, which is kept by nobody', async () => {
  const host = hostWith(async () => ({ kind: 'settled' }))
  const customer = await owing()
  const token = await linkOf(customer)
  const asked = await host.give(token, given('4000002500003155'))
  assert.ok(asked.kind === 'accepted' && asked.value.kind === 'authenticate')
  assert.deepEqual([asked.value.tries, asked.value.nextToken], [1, null])
  const paid = await host.give(token, given(GOOD, 1))
  assert.ok(paid.kind === 'accepted' && paid.value.kind === 'paid')
  // The bank's page is open still.
  await fetch(asked.value.url, { method: 'POST', body: JSON.stringify({ result: 'succeeded' }) })
  const { kysely } = shop.database
  const setups = await kysely
    .selectFrom('setup_intents')
    .select('status')
    .where('customer_id', '=', customer)
    .orderBy('id')
    .execute()
  assert.deepEqual(
    setups.map(({ status }) => status),
    ['canceled', 'succeeded'],
  )
  const kept = await kysely
    .selectFrom('payment_methods')
    .select('card_last4')
    .where('customer_id', '=', customer)
    .where('status', '=', 'active')
    .where('is_default', '=', true)
    .execute()
  assert.deepEqual(
    kept.map(({ card_last4 }) => card_last4),
    ['4242'],
  )
})

async function setFault(fault: string): Promise<void> {
  const body = JSON.stringify({ account: shop.account.sandbox.accountId, fault })
  const headers = { 'content-type': 'application/json' }
  await fetch(`${shop.worldUrl}/gateways/amber/fault`, { method: 'PUT', headers, body })
}
