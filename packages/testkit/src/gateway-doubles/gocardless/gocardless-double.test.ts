import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Environments, GoCardlessClient, parse } from 'gocardless-nodejs'
import {
  GOCARDLESS_KEYS,
  startGoCardlessDouble,
  type GoCardlessDouble,
} from './gocardless-double.ts'
import { paymentEvent, refundEvent, signGoCardlessWebhook } from './gocardless-webhook.ts'

// The vendor's own SDK makes every call that the adapter makes: what it understands is the protocol.
describe('the double of GoCardless speaks to the official SDK', () => {
  const held: { double: GoCardlessDouble | null } = { double: null }
  before(async () => {
    held.double = await startGoCardlessDouble()
  })
  after(() => held.double?.close())
  const theDouble = (): GoCardlessDouble => {
    assert(held.double !== null, 'the double is started')
    return held.double
  }
  /** The SDK knows two addresses alone, so the one that it took is turned to the double. */
  const sdkOf = (token: string = GOCARDLESS_KEYS.accessToken) => {
    const client = new GoCardlessClient(token, Environments.Sandbox, {
      raiseOnIdempotencyConflict: true,
    })
    Reflect.set(Reflect.get(client, '_api'), '_baseUrl', theDouble().url)
    return client
  }
  const charge = (mandate: string, key?: string) =>
    sdkOf().payments.create(
      { amount: 1_999, currency: 'USD', links: { mandate }, metadata: { attempt: 'attempt-1' } },
      key,
    )

  test('details of an account become a mandate, which is described by its account', async () => {
    const sdk = sdkOf()
    const customer = await sdk.customers.create({ given_name: 'Ada', family_name: 'Lovelace' })
    const account = await sdk.customerBankAccounts.create({
      account_holder_name: 'Ada Lovelace',
      account_number: '2715500356',
      account_type: 'checking',
      bank_code: '026073150',
      country_code: 'US',
      links: { customer: customer.id ?? '' },
    })
    const made = await sdk.mandates.create({
      scheme: 'ach',
      links: { customer_bank_account: account.id ?? '' },
    })
    const mandate = await sdk.mandates.find(made.id ?? '')
    const told = await sdk.customerBankAccounts.find(mandate.links?.customer_bank_account ?? '')
    assert.deepEqual(
      [mandate.status, told.account_number_ending, told.currency],
      ['pending_submission', '56', 'USD'],
    )
  })

  test('a payment is made once under a key, found, listed by its time and cancelled', async () => {
    const sdk = sdkOf()
    const { id } = theDouble().addMandate({ scheme: 'ach' })
    const payment = await charge(id, 'key-1')
    assert.equal(payment.status, 'pending_submission')
    await assert.rejects(charge(id, 'key-1'), { conflictingResourceId: payment.id })
    const [listed] = (
      await sdk.payments.list({ created_at: { gte: '2020-01-01T00:00:00.000Z' }, limit: 1 })
    ).payments
    assert.deepEqual([listed?.id, listed?.metadata], [payment.id, { attempt: 'attempt-1' }])
    assert.equal((await sdk.payments.cancel(payment.id ?? '', {})).status, 'cancelled')
    await assert.rejects(sdk.payments.cancel(payment.id ?? '', {}), /cannot be cancelled/)
  })

  test('a cancelled mandate, a wrong currency and an unknown mandate make no payment', async () => {
    const { id } = theDouble().addMandate({ scheme: 'ach', status: 'cancelled' })
    await assert.rejects(charge(id), /inactive|cancelled/)
    await assert.rejects(
      charge(theDouble().addMandate({ scheme: 'bacs' }).id),
      /currency|Validation/,
    )
    await assert.rejects(charge('MD000000000000'), /Validation/)
  })

  test('a confirmed payment is refunded up to its amount, with the total confirmed', async () => {
    const sdk = sdkOf()
    const { id: payment = '' } = await charge(theDouble().addMandate({ scheme: 'ach' }).id)
    const refund = (amount: number, total: number) =>
      sdk.refunds.create({
        amount,
        total_amount_confirmation: total,
        links: { payment },
        metadata: { refund: 'r' },
      })
    await assert.rejects(refund(500, 500), /not confirmed/)
    theDouble().setStatus(payment, 'confirmed')
    const given = await refund(500, 500)
    await assert.rejects(refund(500, 500), /Validation/)
    await refund(1_499, 1_999)
    await assert.rejects(refund(1, 2_000), /Validation/)
    const { refunds } = await sdk.refunds.list({ payment })
    assert.deepEqual([refunds.length, refunds.at(-1)?.id], [2, given.id])
    assert.equal((await sdk.refunds.find(given.id ?? '')).amount, 500)
    assert.equal((await sdk.payments.find(payment)).amount_refunded, 1_999)
  })

  test('what happened to a payment is listed by what it was', async () => {
    const sdk = sdkOf()
    const { id: payment = '' } = await charge(theDouble().addMandate({ scheme: 'ach' }).id)
    theDouble().setStatus(payment, 'confirmed')
    theDouble().setStatus(payment, 'failed')
    const { events } = await sdk.events.list({ payment, action: 'confirmed', limit: 1 })
    assert.deepEqual(
      events.map(({ action, links }) => [action, links?.payment]),
      [['confirmed', payment]],
    )
  })

  test('a payout is the sum of its items, less the fees', async () => {
    const sdk = sdkOf()
    const { id = '' } = await charge(theDouble().addMandate({ scheme: 'ach' }).id)
    theDouble().setStatus(id, 'confirmed')
    const payoutId = theDouble().payOut('USD')
    const payout = (await sdk.payouts.list({ created_at: { gte: '2020-01-01T00:00:00.000Z' } }))
      .payouts[0]
    assert.equal(payout?.id, payoutId)
    const { payout_items: items } = await sdk.payoutItems.list({ payout: payoutId, limit: 500 })
    const sum = items.reduce((total, { amount }) => total + Number(amount), 0)
    assert.equal(Math.round(sum), payout?.amount)
    assert.equal((await sdk.payments.find(id)).status, 'paid_out')
  })

  test('webhooks carry the signature that the SDK checks', async () => {
    const [payment] = theDouble().payments()
    const [refund] = theDouble().refunds()
    assert(payment !== undefined && refund !== undefined, 'something was paid and given back')
    const sent = { secret: GOCARDLESS_KEYS.webhookSecret, sentAt: '2027-01-01T00:00:00.000Z' }
    const events = [paymentEvent(payment, 'confirmed'), refundEvent(refund, 'paid')]
    const { body, headers } = signGoCardlessWebhook(events, sent)
    const signature = headers['webhook-signature'] ?? ''
    const read = parse(Buffer.from(body), sent.secret, signature)
    assert.deepEqual(
      read.map(({ resource_type: type, action }: { resource_type?: string; action?: string }) => [
        type,
        action,
      ]),
      [
        ['payments', 'confirmed'],
        ['refunds', 'paid'],
      ],
    )
    assert.throws(() => parse(Buffer.from(body), 'another secret', signature))
  })

  test('whose account it is is told, and another token is refused', async () => {
    assert.equal((await sdkOf().creditors.list({ limit: 1 })).creditors[0]?.name, 'Acme')
    await assert.rejects(sdkOf('another').creditors.list({ limit: 1 }), /access token/)
  })
})
