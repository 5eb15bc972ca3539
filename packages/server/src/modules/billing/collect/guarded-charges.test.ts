import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { decodeId, type Uuid } from '@perennial/core/ids'
import { addDays, MS_PER_DAY, parseInstant } from '@perennial/core/time'
import { type BillingShop, startBillingShop } from '../../../testing/test-card-world.ts'
import { newestAttempt, scopeOfShop } from '../notices/test-told-charges.ts'
import { loadRoutesOf } from '../load/load-bill-routing.ts'

let shop: BillingShop
before(async () => {
  shop = await startBillingShop()
})
after(() => shop.closeSound())

/** Of one card and amount within 30 days. */
const VISA_TRIES_MAX = 15

const post = (path: string, body: object = {}) => shop.request('POST', path, { body })

async function customerWith(token: string): Promise<{ customer: string; method: string }> {
  const customer = await shop.createCustomer()
  return { customer, method: await shop.attach(customer, token) }
}

async function invoiceOf(customer: string, amount: number): Promise<string> {
  const drafted = await post('/invoices', {
    customer_uuid: customer,
    currency: 'USD',
    line_items: [{ description: 'Desk', quantity: 1, unit_amount_minor: amount }],
  })
  const id = drafted.text('data.id')
  assert.equal((await post(`/invoices/${id}/finalize`)).status, 200, JSON.stringify(drafted.body))
  return id
}

async function intentOf(customer: string, method: string, amount = 900): Promise<string> {
  const body = { customer, amount, currency: 'USD', payment_method: method }
  return (await post('/payment-intents', body)).text('id')
}

function uuidOf(id: string): Uuid {
  const decoded = decodeId('payment_method', id)
  assert.ok(decoded.kind === 'ok')
  return decoded.id
}

const confirm = async (id: string) => post(`/payment-intents/${id}/confirm`)

const charge = (customer: string, amountMinor = 900) =>
  post('/charges', { customerId: customer, amountMinor, description: 'Chair' })

/** Rows that a command may leave behind, and charges that the gateways saw. */
async function traces(): Promise<readonly number[]> {
  const tables = [
    'payment_attempts',
    'payment_intents',
    'invoices',
    'subscriptions',
    'events',
  ] as const
  const counts = await Promise.all(tables.map((table) => shop.count(table)))
  return [...counts, (await shop.audit()).length]
}

test('a card that its network has closed is charged by no command, and nothing is written', async () => {
  const { customer, method } = await customerWith('tok_decline_stolen_card')
  const invoice = await invoiceOf(customer, 2_000)
  const intent = await intentOf(customer, method)
  const product_id = await shop.createPlan(4_000)
  const declined = await charge(customer)
  assert.deepEqual([declined.status, declined.at('error.code')], [402, 'card_declined'])

  const commands = {
    'pay an invoice': () => post(`/invoices/${invoice}/pay`),
    'charge a customer': () => charge(customer, 12),
    'confirm an intent': () => confirm(intent),
    'start a subscription': () =>
      post('/subscriptions', { customer_id: customer, product_id, payment_method_id: method }),
  }
  for (const [name, command] of Object.entries(commands)) {
    const before = await traces()
    const refused = await command()
    assert.equal(refused.status, 402, `${name}: ${JSON.stringify(refused.body)}`)
    assert.partialDeepStrictEqual(refused.at('error'), {
      type: 'card_error',
      code: 'attempt_forbidden',
      decline_code: 'stolen_card',
      details: {
        rule: 'visa_category_1',
        network: 'visa',
        payment_method_id: method,
        allowed_at: null,
      },
    })
    assert.match(refused.text('error.message'), /visa.*no further try of this card any more/)
    assert.deepEqual(await traces(), before, name)
  }
})

test('charges of a card that are asked for at once never pass together what its network allows', async () => {
  const { customer } = await customerWith('tok_decline_insufficient_funds')
  const invoices: string[] = []
  while (invoices.length < 20) invoices.push(await invoiceOf(customer, 4_444))
  const answers = await Promise.all(invoices.map((id) => post(`/invoices/${id}/pay`)))
  const forbidden = answers.filter((answer) => answer.at('error.code') === 'attempt_forbidden')
  assert.equal(answers.length - forbidden.length, VISA_TRIES_MAX)
})

test('a card that was tried too often says when it may be tried again, and then is', async () => {
  const { customer } = await customerWith('tok_advice_25')
  assert.equal((await charge(customer)).status, 402)
  const tooSoon = await charge(customer)
  assert.partialDeepStrictEqual(tooSoon.at('error'), {
    code: 'attempt_forbidden',
    details: { rule: 'advised_delay', network: 'mastercard' },
  })
  const allowedAt = parseInstant(tooSoon.text('error.details.allowed_at'))
  assert.ok(allowedAt !== null)
  assert.ok(Math.abs(allowedAt - addDays(shop.clock.now(), 1)) < 60_000)
  const moved = await post('/test-clock/advance', { seconds: MS_PER_DAY / 1_000 + 60 })
  assert.equal(moved.status, 200, JSON.stringify(moved.body))
  assert.equal((await charge(customer)).at('error.code'), 'card_declined')
})

test('a customer who enters the card anew may try it, and the merchant alone may not', async () => {
  const { customer, method } = await customerWith('tok_decline_lost_card')
  assert.equal((await charge(customer)).status, 402)
  const again = await shop.attach(customer, 'tok_decline_lost_card')
  const entered = await confirm(await intentOf(customer, again))
  assert.equal(entered.at('last_payment_error.decline_code'), 'lost_card', 'it was tried')
  const byMerchant = await post('/charges', {
    customerId: customer,
    amountMinor: 5,
    description: 'Chair',
    paymentMethodId: again,
  })
  assert.equal(byMerchant.at('error.code'), 'attempt_forbidden')
  assert.equal(
    (await confirm(await intentOf(customer, method))).at('error.code'),
    'attempt_forbidden',
  )
})

test('a renewal never charges a card that is closed, and waits for another', async () => {
  const { customer, method } = await customerWith('tok_decline_after_1_stolen_card')
  const product_id = await shop.createPlan(4_000)
  const started = await post('/subscriptions', {
    customer_id: customer,
    product_id,
    payment_method_id: method,
  })
  assert.equal(started.at('data.status'), 'active', JSON.stringify(started.body))
  assert.equal((await charge(customer)).at('error.decline_code'), 'stolen_card')
  const before = (await shop.audit()).length
  assert.equal((await post('/test-clock/advance', { days: 32 })).status, 200)
  const renewed = await shop.request('GET', `/subscriptions/${started.text('data.id')}`)
  assert.equal(renewed.at('data.status'), 'past_due')
  assert.equal((await shop.audit()).length, before, 'no gateway was asked')
})

test('a card whose data an updater has renewed is tried again', async () => {
  const clock = await shop.request('GET', '/test-clock')
  const now = new Date(clock.text('data.now'))
  const next = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1))
  const month = next.toISOString().slice(0, 7).replace('-', '')
  const { customer, method } = await customerWith(`tok_updated_${month}`)
  assert.equal((await charge(customer)).status, 201)
  const refuse = (decline_code: string) =>
    shop.database.kysely
      .updateTable('payment_attempts')
      .set({ state: 'declined', decline_code })
      .where('payment_method_id', '=', uuidOf(method))
      .execute()
  const stateOf = async () => (await charge(customer, 77)).at('error.details.rule') ?? 'charged'
  await refuse('expired_card')
  assert.equal(await stateOf(), 'new_data')
  assert.equal((await post('/test-clock/advance', { days: 45 })).status, 200)
  assert.equal(await stateOf(), 'charged')
  await shop.database.kysely
    .updateTable('payment_attempts')
    .set({ state: 'succeeded', decline_code: null })
    .where('payment_method_id', '=', uuidOf(method))
    .execute()
})

test('a challenge to the charge of an invoice stands as the decline that is booked', async () => {
  const listed = await shop.request('GET', '/gateways')
  const ids = [0, 1].map((index) => listed.text(`data.${index}.id`))
  const entries = ids.map((gateway_id) => ({ kind: 'gateway', gateway_id }))
  const definition = { kind: 'cascade', entries }
  const profile = (await post('/payment-profiles', { name: 'both', definition })).text('data.id')
  const useDefault = async (id: string | null) => {
    const body = { settings: { default_payment_profile_id: id } }
    assert.equal((await shop.request('PATCH', '/account', { body })).status, 200)
  }
  await useDefault(profile)
  const { customer } = await customerWith('tok_visa')
  const paid = await post(`/invoices/${await invoiceOf(customer, 2_000)}/pay`)
  assert.equal(paid.status, 200, JSON.stringify(paid.body))
  const booked = await newestAttempt(shop)
  const sent = { ...booked, state: 'sending', isCustomerPresent: true } as const
  const nextAction = { type: 'redirect_to_url', url: 'https://bank.example' } as const
  const outcome = { kind: 'needs_action', gatewayReference: 'ch_1', nextAction } as const
  const asked = { answers: [{ attempt: sent, outcome }], atOf: () => shop.clock.now() }
  const scope = await scopeOfShop(shop)
  const { cards } = await shop.database.tx((tx) => loadRoutesOf(tx, scope, asked))
  const history = cards.all?.get(sent.paymentMethodId)?.history ?? assert.fail('it was routed')
  assert.deepEqual(
    history.map(({ decline }) => decline?.code),
    ['authentication_required'],
  )
  await useDefault(null)
})
