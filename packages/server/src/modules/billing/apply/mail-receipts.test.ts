import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { emptyChangeSet, paymentFact } from '@perennial/core/billing'
import { decodeId } from '@perennial/core/ids'
import type { Invoice } from '@perennial/core/invoices'
import { parseCurrency } from '@perennial/core/money'
import { saleByHand } from '@perennial/core/payments'
import { sql } from 'kysely'
import { createLogger } from '../../../platform/log/index.ts'
import type { JsonObject } from '../../../platform/wire/index.ts'
import { countStatements } from '../../../testing/count-statements.ts'
import { type BillingShop, startBillingShop } from '../../../testing/test-card-world.ts'
import { startMailServer } from '../../../testing/test-mail-server.ts'
import { startMailWorker } from '../../notifications/index.ts'
import {
  misheard,
  newestAttempt,
  scopeOfShop,
  takenAs,
  tell,
} from '../notices/test-told-charges.ts'
import { mailReceipts } from './mail-receipts.ts'

let shop: BillingShop
before(async () => {
  shop = await startBillingShop()
})
after(() => shop.closeSound())
beforeEach(() => sendReceipts(false))

const post = (path: string, body: object = {}) => shop.request('POST', path, { body })

async function sendReceipts(send_receipts: boolean): Promise<void> {
  const body = { settings: { mail: { send_receipts } } }
  assert.equal((await shop.request('PATCH', '/account', { body })).status, 200)
}

type Receipt = { readonly to: string; readonly template: string; readonly data: JsonObject }

/** Mails since the last call, oldest first. */
let seen = 0
async function newMails(): Promise<readonly Receipt[]> {
  const rows = await shop.database.kysely
    .selectFrom('outbox')
    .select('payload')
    .orderBy('id')
    .offset(seen)
    .execute()
  seen += rows.length
  return rows.map(({ payload }) => payload as unknown as Receipt)
}

async function customerWith(token: string, email?: string): Promise<string> {
  const customer = await shop.createCustomer(email)
  await shop.attach(customer, token)
  return customer
}

/** A payment intent that asks for a receipt, confirmed; its path. */
async function payWith(token: string, more: object = {}): Promise<string> {
  const customer = await customerWith(token)
  const body = { amount: 6_300, currency: 'usd', customer, description: 'Poster', receipt_email: 'office@example.com', ...more }
  const path = `/payment-intents/${(await post('/payment-intents', body)).text('id')}`
  assert.equal((await post(`${path}/confirm`)).status, 200)
  return path
} // prettier-ignore

test('a receipt reaches its reader in the merchant’s name, by the merchant’s calendar, and once', async () => {
  const brand = { display_name: 'Acme Coffee', support_email: 'help@acme.test' }
  const settings = { brand, mail: { send_from_sandbox: true } }
  const body = { timezone: 'Pacific/Honolulu', settings }
  assert.equal((await shop.request('PATCH', '/account', { body })).status, 200)
  await payWith('tok_visa')
  const mailServer = await startMailServer()
  const log = createLogger({ level: 'silent', pretty: false })
  const { database, clock } = shop
  const from = 'billing@acme.test'
  const deps = { database, clock, log, smtpUrl: mailServer.url, from, cardUrl: () => '' }
  const workers = [1, 2].map(() => startMailWorker(deps, { intervalMs: 5 }))
  // Lines are broken on the way.
  const mail = (await mailServer.first).replaceAll('=\r\n', '')
  await Promise.all(workers.map((worker) => worker.stop()))
  await mailServer.close()
  assert.match(mail, /^From: Acme Coffee <billing@acme\.test>$/m)
  assert.match(mail, /^To: office@example\.com$/m)
  assert.match(mail, /^Subject: Receipt for your payment of \$63\.00 to Acme Coffee$/m)
  assert.match(mail, /received \$63\.00 on January 14, 2027 from your Visa ending in 4242/)
  assert.match(mail, /Write to help@acme\.test/)
  assert.match(mail, /<!doctype html>/)
  assert.equal(mailServer.received.length, 1)
  assert.equal((await newMails()).length, 1)
})

test('a payment is receipted once to the address it names, and not at all without one', async () => {
  await payWith('tok_visa')
  const [mail, ...more] = await newMails()
  assert.deepEqual(more, [])
  assert.partialDeepStrictEqual(mail, {
    to: 'office@example.com',
    template: 'payment_receipt',
    data: { amount_minor: 6_300, currency: 'USD', description: 'Poster', card_brand: 'visa', card_last4: '4242' },
  })
  await payWith('tok_visa', { receipt_email: null })
  await payWith('tok_decline_do_not_honor')
  assert.deepEqual(await newMails(), [])
}) // prettier-ignore

test('what is held is receipted when it is taken, for as much as is taken', async () => {
  const path = await payWith('tok_visa', { capture_method: 'manual' })
  assert.deepEqual(await newMails(), [])
  await post(`${path}/capture`, { amount_to_capture: 1_300 })
  const mails = await newMails()
  assert.deepEqual(
    mails.map(({ data }) => data['amount_minor']),
    [1_300],
  )
})

test('a charge is receipted to its customer where it asks for it', async () => {
  const customerId = await customerWith('tok_visa', 'grace@example.com')
  const body = { customerId, amountMinor: 4_200, description: 'Book' }
  await post('/charges', body)
  assert.deepEqual(await newMails(), [])
  await post('/charges', { ...body, sendReceipt: true })
  assert.deepEqual(
    (await newMails()).map(({ to }) => to),
    ['grace@example.com'],
  )
})

test('a charge that was refused and went through after all is receipted once, whoever tells it how often', async () => {
  await misheard(shop, () => payWith('tok_visa'))
  assert.deepEqual(await newMails(), [])
  shop.clock.advanceMs(1_000)
  const attempt = await newestAttempt(shop)
  const twenty = Array.from({ length: 20 }, () => tell(shop, attempt, takenAs(attempt)))
  await Promise.all(twenty)
  assert.equal((await newMails()).length, 1)
})

test('where the account wants it, every payment is receipted, with the lines of its invoice and what is left', async () => {
  await sendReceipts(true)
  const customer_id = await customerWith('tok_visa', 'ada@example.com')
  const product_id = await shop.createPlan(2_900)
  const created = await post('/subscriptions', { customer_id, product_id })
  assert.equal(created.status, 201, JSON.stringify(created.body))
  const [first, ...more] = await newMails()
  assert.deepEqual(more, [])
  assert.partialDeepStrictEqual(first, {
    to: 'ada@example.com',
    template: 'payment_receipt',
    data: { amount_minor: 2_900, total_minor: 2_900, left_minor: 0, lines: [{ description: 'Plan', quantity: 1, amount_minor: 2_900 }] },
  })
  const invoiceNumber = first?.data['invoice_number']
  assert.ok(typeof invoiceNumber === 'string' && invoiceNumber.endsWith('-0001'))

  const invoice = await post('/invoices', { customer_uuid: customer_id, total_minor: 5_000 })
  const path = `/invoices/${invoice.text('data.id')}`
  await post(`${path}/finalize`)
  const paid = await post(`${path}/pay`, { amount_minor: 2_000, payment_method: 'bank_transfer' })
  assert.equal(paid.status, 200, JSON.stringify(paid.body))
  const [part] = await newMails()
  assert.partialDeepStrictEqual(part?.data, { amount_minor: 2_000, left_minor: 3_000, lines: [] })
}) // prettier-ignore

test('payments that nobody wants receipted cost no statement, and many that are cost what one does', async () => {
  const customer = decodeId('customer', await customerWith('tok_visa'))
  const currency = parseCurrency('USD')
  assert.ok(customer.kind === 'ok' && currency !== null)
  const at = shop.clock.now()
  const changes = emptyChangeSet()
  for (let n = 0; n < 30; n += 1) {
    const payment = { id: shop.ids.next(), method: 'cash', reference: null, paidAt: at } as const
    const invoice = { id: shop.ids.next(), subscriptionId: null, customerId: customer.id, currency }
    changes.facts.push(paymentFact(saleByHand(payment, { invoice, amountMinor: 100n }), at))
  }
  const statements = async (): Promise<number> => {
    const scope = await scopeOfShop(shop)
    const given = { changes, numbered: (own: Invoice) => own, nextId: () => shop.ids.next() }
    let count = 0
    const undone = shop.database.tx(async (tx) => {
      await sql`select 1`.execute(tx) // what opens a transaction is sent with its first statement
      const counted = await countStatements(() => mailReceipts(tx, scope, given))
      count = counted.count
      throw new Error('undone: none of it was paid')
    })
    await assert.rejects(undone, /undone/)
    return count
  }
  assert.equal(await statements(), 0)
  await sendReceipts(true)
  assert.equal(await statements(), 2, 'their customers, and the mails')
})

test('each refund is receipted to whoever had a receipt of the payment, once its money has gone', async () => {
  const path = await payWith('tok_visa')
  const payment_id = path.replace('/payment-intents/', '')
  await newMails()
  await post('/refunds', { payment_id, amount_minor: 1_300 })
  await post('/refunds', { payment_id, amount_minor: 5_000 })
  const mails = await newMails()
  assert.deepEqual(
    mails.map(({ to, template, data }) => [to, template, data['amount_minor'], data['card_last4']]),
    [1_300, 5_000].map((minor) => ['office@example.com', 'refund_receipt', minor, '4242']),
  )
  const silent = await payWith('tok_visa', { receipt_email: null })
  const refunded = await post('/refunds', { payment_id: silent.replace('/payment-intents/', '') })
  assert.equal(refunded.status, 201, JSON.stringify(refunded.body))
  assert.deepEqual(await newMails(), [])
})

test('where the account wants it, refunds of invoices are receipted to their customers', async () => {
  await sendReceipts(true)
  const customer_uuid = await customerWith('tok_visa', 'rosa@example.com')
  const invoice = await post('/invoices', { customer_uuid, total_minor: 5_000 })
  const path = `/invoices/${invoice.text('data.id')}`
  const { invoice_number } = (await post(`${path}/finalize`)).at('data') as JsonObject
  await post(`${path}/pay`)
  await post(`${path}/refund`, { amount_minor: 2_000 })
  const [paid, back, ...more] = await newMails()
  assert.deepEqual(more, [])
  assert.equal(paid?.template, 'payment_receipt')
  assert.partialDeepStrictEqual(back, {
    to: 'rosa@example.com',
    template: 'refund_receipt',
    data: { amount_minor: 2_000, invoice_number },
  })
})

test('a bank debit is receipted when its money has come, once, however often its gateway tells of it', async () => {
  await payWith('tok_ach')
  assert.deepEqual(await newMails(), [])
  const attempt = await newestAttempt(shop)
  const twenty = Array.from({ length: 20 }, () => tell(shop, attempt, takenAs(attempt)))
  await Promise.all(twenty)
  assert.equal((await newMails()).length, 1)
  await post('/test-clock/advance', { days: 7 })
  assert.deepEqual(await newMails(), [])
})

test('a charge whose answer was lost is receipted once, when it is found', async () => {
  const path = await payWith('tok_timeout_charged')
  for (let round = 0; round < 3; round += 1) {
    await shop.request('GET', path)
    await post('/test-clock/advance', { days: 1 })
  }
  assert.equal((await shop.request('GET', path)).at('status'), 'succeeded')
  assert.equal((await newMails()).length, 1)
})

test('a charge that wants no receipt has none where every payment has one, and its refund neither', async () => {
  await sendReceipts(true)
  const customerId = await customerWith('tok_visa', 'hedy@example.com')
  const charge = { customerId, amountMinor: 4_200, description: 'Book' }
  const silent = await post('/charges', { ...charge, sendReceipt: false })
  await post(`/charges/${silent.text('data.id')}/refund`)
  assert.deepEqual(await newMails(), [])
  const bank = await shop.attach(customerId, 'tok_ach')
  await post('/charges', { ...charge, paymentMethodId: bank, sendReceipt: false })
  await post('/test-clock/advance', { days: 7 })
  assert.deepEqual(await newMails(), [])
  await post('/charges', charge)
  assert.equal((await newMails()).length, 1)
})
