import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type BillingShop, startBillingShop } from '../../../testing/test-card-world.ts'

let shop: BillingShop
before(async () => {
  shop = await startBillingShop()
})
after(() => shop.closeSound())

const post = (path: string, body: object = {}) => shop.request('POST', path, { body })

async function statementsOf(amountMinor: number): Promise<readonly unknown[]> {
  const charges = (await shop.audit()).filter((charge) => charge.amount_minor === amountMinor)
  return charges.flatMap((charge) => [
    Reflect.get(charge, 'statement_descriptor'),
    Reflect.get(charge, 'statement_descriptor_suffix'),
  ])
}

async function payer(): Promise<string> {
  const customer = await shop.createCustomer()
  await shop.attach(customer, 'tok_visa')
  return customer
}

test('what an intent says of the statement reaches the gateway', async () => {
  const said = { statement_descriptor: 'ACME LTD', statement_descriptor_suffix: 'TEAM PLAN' }
  const wish = { customer: await payer(), amount: 4_101, currency: 'USD', ...said }
  const id = (await post('/payment-intents', wish)).text('id')
  await post(`/payment-intents/${id}/confirm`)
  assert.deepEqual(await statementsOf(4_101), ['ACME LTD', 'TEAM PLAN'])
})

test('a charge without words of its own says what its gateway was told to say', async () => {
  const gateways = await shop.request('GET', '/gateways')
  const custom_descriptor = { enabled: true, name: 'PERENNIAL', city: 'Berlin' }
  for (const place of [0, 1]) {
    const path = `/gateways/${gateways.text(`data.${place}.id`)}`
    const changed = await shop.request('PATCH', path, { body: { custom_descriptor } })
    assert.equal(changed.status, 200, JSON.stringify(changed.body))
  }
  // Processes look at their gateways once a second.
  shop.clock.advanceMs(2_000)
  const body = { customer_uuid: await payer(), total_minor: 4_102 }
  const invoice = (await post('/invoices', body)).text('data.id')
  await post(`/invoices/${invoice}/finalize`)
  await post(`/invoices/${invoice}/pay`)
  assert.deepEqual(await statementsOf(4_102), ['PERENNIAL', null])
})

const REFUSED = [
  ['statement_descriptor', 'ACME <script>'],
  ['statement_descriptor', '12345'],
  ['statement_descriptor_suffix', 'Café'],
  ['statement_descriptor', 'longer than twenty-two letters'],
  ['gateway_merchant_id', 'acme_eur'],
] as const

for (const [field, value] of REFUSED) {
  test(`${field} "${value}" is refused by its name`, async () => {
    const wish = { customer: await payer(), amount: 900, currency: 'USD', [field]: value }
    const answer = await post('/payment-intents', wish)
    assert.equal(answer.status, 400, JSON.stringify(answer.body))
    assert.equal(answer.at('error.param'), field)
  })
}
