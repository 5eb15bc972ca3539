import assert from 'node:assert/strict'
import { createReadStream } from 'node:fs'
import { after, before, test } from 'node:test'
import { BraintreeGateway, Environment } from 'braintree'
import { BRAINTREE_KEYS, type BraintreeDouble, startBraintreeDouble } from './braintree-double.ts'
import { signBraintreeWebhook } from './braintree-webhook.ts'

// Braintree's own client drives the double, unchanged: what it understands is what Braintree would have said.

const stage: { double?: BraintreeDouble } = {}
before(async () => {
  stage.double = await startBraintreeDouble()
})
after(() => stage.double?.close())

function theDouble(): BraintreeDouble {
  assert(stage.double !== undefined, 'the double listens')
  return stage.double
}

function client(privateKey: string = BRAINTREE_KEYS.privateKey): BraintreeGateway {
  const { hostname, port } = new URL(theDouble().url)
  const environment = new Environment(hostname, port, 'http://unused', false, hostname, port)
  return new BraintreeGateway({ environment, ...BRAINTREE_KEYS, privateKey })
}

function sale(wish: Readonly<Record<string, unknown>> = {}) {
  const { token } = theDouble().addMethod({ number: '4111111111111111' })
  const options = { submitForSettlement: true }
  return client().transaction.sale({ amount: '10.00', paymentMethodToken: token, options, ...wish })
}

async function listOf<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = []
  for await (const item of items) list.push(item)
  return list
}

test('a sale is taken, found by id and by its order, and called off once', async () => {
  const { success, transaction } = await sale({ orderId: 'order-1', amount: '12.34' })
  assert.equal(success, true)
  assert.equal(transaction.status, 'submitted_for_settlement')
  assert.equal(transaction.amount, '12.34')
  assert.equal(transaction.currencyIsoCode, 'USD')
  assert.equal(transaction.creditCard.last4, '1111')
  assert.match(transaction.networkTransactionId ?? '', /^\d{15}$/)
  assert.equal((await client().transaction.find(transaction.id)).orderId, 'order-1')
  const found = await listOf(client().transaction.search((by) => by.orderId().is('order-1')))
  assert.deepEqual(found.map(({ id }) => id), [transaction.id]) // prettier-ignore
  assert.equal((await client().transaction.void(transaction.id)).transaction.status, 'voided')
  const again = await client().transaction.void(transaction.id)
  assert.deepEqual(again.errors.deepErrors().map(({ code }) => code), ['91504']) // prettier-ignore
})

test('nothing is found where nothing was made', async () => {
  assert.deepEqual(await listOf(client().transaction.search((by) => by.orderId().is('no'))), [])
  await assert.rejects(client().transaction.find('never'), { type: 'notFoundError' })
})

test('refusing amounts refuse with the code that they name', async () => {
  const rows = [
    ['2001.00', 'processor_declined', '2001', 'Insufficient Funds'],
    ['2046.00', 'processor_declined', '2046', 'Processor Declined'],
    ['3000.00', 'failed', '3000', 'Processor Network Unavailable - Try Again'],
  ] as const
  for (const [amount, status, code, text] of rows) {
    const refused = await sale({ amount })
    assert.equal(refused.success, false)
    assert.equal(refused.transaction.status, status)
    assert.equal(refused.transaction.processorResponseCode, code)
    assert.equal(refused.message, text)
  }
  const rejected = await sale({ amount: '5001.00' })
  assert.equal(rejected.transaction.gatewayRejectionReason, 'application_incomplete')
})

test('a hold is captured in part, once, and never above itself', async () => {
  const { transaction } = await sale({ options: { submitForSettlement: false } })
  assert.equal(transaction.status, 'authorized')
  const above = await client().transaction.submitForSettlement(transaction.id, '10.01')
  assert.deepEqual(above.errors.deepErrors().map(({ code }) => code), ['91522']) // prettier-ignore
  const taken = await client().transaction.submitForSettlement(transaction.id, '7.00')
  assert.equal(taken.transaction.amount, '7.00')
  assert.equal(taken.transaction.status, 'submitted_for_settlement')
  const twice = await client().transaction.submitForSettlement(transaction.id, '7.00')
  assert.deepEqual(twice.errors.deepErrors().map(({ code }) => code), ['91507']) // prettier-ignore
})

test('a settled sale is given back in parts up to its amount', async () => {
  const { transaction } = await sale()
  const early = await client().transaction.refund(transaction.id, { amount: '4.00' })
  assert.deepEqual(early.errors.deepErrors().map(({ code }) => code), ['91506']) // prettier-ignore
  theDouble().settle(transaction.id)
  const first = await client().transaction.refund(transaction.id, { amount: '4.00', orderId: 'r1' })
  assert.equal(first.transaction.type, 'credit')
  assert.equal(first.transaction.refundedTransactionId, transaction.id)
  const more = await client().transaction.refund(transaction.id, { amount: '6.01' })
  assert.deepEqual(more.errors.deepErrors().map(({ code }) => code), ['91521']) // prettier-ignore
  await client().transaction.refund(transaction.id, { amount: '6.00' })
  assert.equal((await client().transaction.find(transaction.id)).refundIds.length, 2)
  const over = await client().transaction.refund(transaction.id, { amount: '0.01' })
  assert.deepEqual(over.errors.deepErrors().map(({ code }) => code), ['91512']) // prettier-ignore
})

test('a request key makes one sale of the same request, and refuses another one', async () => {
  const { token: paymentMethodToken } = theDouble().addMethod({ number: '4111111111111111' })
  const request = { amount: '3.00', paymentMethodToken, apiRequestKey: 'key-1' }
  const first = await client().transaction.sale({ ...request })
  const second = await client().transaction.sale({ ...request })
  assert.equal(second.transaction.id, first.transaction.id)
  const other = await client().transaction.sale({ ...request, amount: '4.00' })
  assert.deepEqual(other.errors.deepErrors().map(({ code }) => code), ['915232']) // prettier-ignore
})

test('settled sales are found by the day of their settlement', async () => {
  const { transaction } = await sale()
  theDouble().settle(transaction.id)
  const day = (ms: number) => new Date(Date.now() + ms).toISOString()
  const hour = 3_600_000
  const found = (from: string, until: string) =>
    listOf(client().transaction.search((by) => by.settledAt().between(from, until)))
  const ids = (await found(day(-hour), day(hour))).map(({ id }) => id)
  assert.ok(ids.includes(transaction.id))
  assert.deepEqual(await found(day(hour), day(2 * hour)), [])
})

test('a card is vaulted with its customer and found by its token', async () => {
  const creditCard = { number: '4111111111111111', expirationDate: '08/2031', cvv: '123' }
  const { customer } = await client().customer.create({ creditCard })
  const [card] = customer.creditCards
  assert.equal(card?.last4, '1111')
  const found = await client().paymentMethod.find(card?.token ?? '')
  assert.deepEqual([found.cardType, found.expirationYear], ['Visa', '2031'])
  const renewed = { number: '5555555555554444', expMonth: '06', expYear: '2036' }
  theDouble().renewCard(card?.token ?? '', renewed)
  const after = await client().paymentMethod.find(card?.token ?? '')
  assert.deepEqual([after.last4, after.expirationYear], ['4444', '2036'])
  assert.notEqual(after.uniqueNumberIdentifier, found.uniqueNumberIdentifier)
  const refused = await client().customer.create({ creditCard: { number: '4111111111111112' } })
  assert.deepEqual(refused.errors.deepErrors().map(({ code }) => code), ['81715']) // prettier-ignore
  await assert.rejects(client().paymentMethod.find('never'), { type: 'notFoundError' })
})

test('merchant accounts are listed with their currencies', async () => {
  const accounts = await listOf(client().merchantAccount.all())
  const currencies = accounts.map(({ currencyIsoCode }) => currencyIsoCode)
  assert.deepEqual(currencies, ['USD', 'EUR', 'JPY', 'KWD'])
  assert.equal(accounts.find((account) => account.default)?.currencyIsoCode, 'USD')
})

test('another private key is not let in', async () => {
  await assert.rejects(client('another').transaction.find('x'), { type: 'authenticationError' })
})

test('a dispute is answered with evidence, or given up', async () => {
  const { transaction } = await sale()
  const opened = theDouble().openDispute(transaction.id)
  const { dispute } = await client().dispute.find(opened.id)
  assert.equal(dispute.status, 'open')
  assert.equal(dispute.transaction.id, transaction.id)
  await client().dispute.addTextEvidence(opened.id, 'a slip')
  await client().dispute.removeEvidence(opened.id, opened.evidence[0]?.id ?? '')
  assert.equal((await client().dispute.addTextEvidence(opened.id, 'delivered')).success, true)
  const file = createReadStream(new URL(import.meta.url))
  const upload = await client().documentUpload.create({ kind: 'evidence_document', file })
  assert.equal(upload.success, true)
  await client().dispute.addFileEvidence(opened.id, upload.documentUpload.id)
  assert.equal((await client().dispute.finalize(opened.id)).success, true)
  assert.equal(opened.status, 'disputed')
  assert.deepEqual(
    opened.evidence.map(({ comment, file: name }) => comment ?? name),
    ['delivered', 'braintree-double.test.ts'],
  )
  assert.equal((await client().dispute.accept(opened.id)).success, false)
})

test('the client believes a notification that the double signs, and no other', async () => {
  const subject = { transaction: { id: 'abc', status: 'settled', type: 'sale', amount: '10.00' } }
  const notice = { kind: 'transaction_settled', at: new Date(), subject }
  const form = new URLSearchParams(signBraintreeWebhook(notice, BRAINTREE_KEYS).body)
  const signature = form.get('bt_signature') ?? ''
  const payload = form.get('bt_payload') ?? ''
  const parsed = await client().webhookNotification.parse(signature, payload)
  assert.equal(parsed.kind, 'transaction_settled')
  assert.equal(parsed.transaction?.id, 'abc')
  await assert.rejects(client('another').webhookNotification.parse(signature, payload), {
    type: 'invalidSignatureError',
  })
})

test('where there are no request keys, a second sale of the same order is rejected as a duplicate', async () => {
  const plain = await startBraintreeDouble('not allowed')
  try {
    const { hostname, port } = new URL(plain.url)
    const environment = new Environment(hostname, port, 'http://unused', false, hostname, port)
    const { transaction } = new BraintreeGateway({ environment, ...BRAINTREE_KEYS })
    const { token: paymentMethodToken } = plain.addMethod({ number: '4111111111111111' })
    const keyed = await transaction.sale({ amount: '3.00', paymentMethodToken, apiRequestKey: 'k' })
    assert.deepEqual(keyed.errors.deepErrors().map(({ code }) => code), ['915231']) // prettier-ignore
    const request = { amount: '3.00', paymentMethodToken, orderId: 'same' }
    assert.equal((await transaction.sale({ ...request })).success, true)
    const second = await transaction.sale({ ...request })
    assert.equal(second.transaction.gatewayRejectionReason, 'duplicate')
  } finally {
    await plain.close()
  }
})
