import assert from 'node:assert/strict'
import { createReadStream } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { Checkout } from 'checkout-sdk-node'
import { CHECKOUT_KEYS, startCheckoutDouble, type CheckoutDouble } from './checkout-double.ts'
import { CHALLENGED_NUMBER, listTestCards } from './test-cards.ts'

const VISA = '4242424242424242'

// The vendor's own SDK, unchanged, makes every call that the adapter makes: what it understands is the protocol.
describe('the double of Checkout.com speaks to the official SDK', () => {
  const held: { double: CheckoutDouble | null } = { double: null }
  before(async () => {
    held.double = await startCheckoutDouble()
  })
  after(() => held.double?.close())
  const theDouble = (): CheckoutDouble => {
    assert(held.double !== null, 'the double is started')
    return held.double
  }
  const sdkOf = (key: string = CHECKOUT_KEYS.secretKey) =>
    new Checkout(key, { pk: CHECKOUT_KEYS.publicKey, host: theDouble().url })

  const charge = (source: string, wish: object = {}, key?: string) =>
    sdkOf().payments.request(
      {
        source: { type: 'id', id: source },
        amount: 1_999,
        currency: 'USD',
        processing_channel_id: CHECKOUT_KEYS.processingChannelId,
        ...wish,
      },
      key,
    )

  test('a card becomes a token, the token an instrument, and the instrument is described', async () => {
    const sdk = sdkOf()
    const card = { type: 'card', number: VISA, expiry_month: 11, expiry_year: 2031 }
    const token = await sdk.tokens.request(card)
    const kept = await sdk.instruments.create({ type: 'token', token: token.token })
    const told = await sdk.instruments.get(kept.id)
    assert.deepEqual(
      [told.id, told.last4, told.expiry_month, told.expiry_year, told.scheme],
      [kept.id, '4242', 11, 2031, 'Visa'],
    )
    theDouble().renewCard(kept.id, { expiryMonth: 6, expiryYear: 2036 })
    const renewed = await sdk.instruments.get(kept.id)
    assert.deepEqual([renewed.expiry_year, renewed.fingerprint], [2036, told.fingerprint])
    await assert.rejects(sdk.instruments.get(`src_${'a'.repeat(26)}`), { http_code: 404 })
  })

  test('a payment is approved, read, listed by its reference and told action by action', async () => {
    const sdk = sdkOf()
    const paid = await charge(theDouble().addCard(VISA), { reference: 'order-1' })
    assert.deepEqual(
      [paid.approved, paid.status, paid.response_code, paid.requiresRedirect],
      [true, 'Authorized', '10000', false],
    )
    const read = await sdk.payments.get(paid.id)
    assert.deepEqual([read.status, read.balances.total_captured], ['Captured', 1_999])
    const list = await sdk.payments.getPaymentList({ reference: 'order-1', limit: 10, skip: 0 })
    assert.deepEqual([list.total_count, list.data[0].id], [1, paid.id])
    const actions = await sdk.payments.getActions(paid.id)
    assert.deepEqual(
      actions.map((action: { type: string }) => action.type),
      ['Capture', 'Authorization'],
    )
  })

  test('every documented test card is answered with its response code', async () => {
    for (const { number, responseCode } of listTestCards()) {
      const payment = await charge(theDouble().addCard(number))
      const approved = responseCode === '10000'
      const told = [payment.response_code, payment.approved]
      assert.deepEqual(told, [responseCode, approved], number)
    }
  })

  test('an idempotency key makes one payment, and keeps no answer that was a refusal', async () => {
    const source = theDouble().addCard(VISA)
    const [first, second] = [await charge(source, {}, 'key-1'), await charge(source, {}, 'key-1')]
    assert.equal(second.id, first.id)
    await assert.rejects(charge(source, { currency: 'KWD', amount: 1_001 }, 'key-2'), {
      http_code: 422,
    })
    assert.equal((await charge(source, {}, 'key-2')).approved, true)
  })

  test('a hold is captured in part, voided, refunded in parts, and never beyond its amount', async () => {
    const sdk = sdkOf()
    const source = theDouble().addCard(VISA)
    const held = await charge(source, { capture: false })
    await assert.rejects(sdk.payments.capture(held.id, { amount: 2_000 }), { http_code: 422 })
    const captured = await sdk.payments.capture(held.id, { amount: 700, reference: 'c-1' }, 'c-1')
    assert.match(captured.action_id, /^act_/)
    await assert.rejects(sdk.payments.void(held.id, {}), { http_code: 403 })
    await sdk.payments.refund(held.id, { amount: 300, reference: 'r-1' }, 'r-1')
    await assert.rejects(sdk.payments.refund(held.id, { amount: 401 }), { http_code: 422 })
    assert.equal((await sdk.payments.get(held.id)).status, 'Partially Refunded')

    const freed = await charge(source, { capture: false })
    await sdk.payments.void(freed.id, { reference: 'v-1' }, 'v-1')
    assert.equal((await sdk.payments.get(freed.id)).status, 'Voided')
  })

  test('a payment of nothing verifies the card', async () => {
    const verified = await charge(theDouble().addCard(VISA), { amount: 0, capture: false })
    assert.deepEqual([verified.approved, verified.status], [true, 'Card Verified'])
  })

  test('a challenge is a redirect that the SDK finds, and is paid once it is passed', async () => {
    const source = theDouble().addCard(CHALLENGED_NUMBER)
    const payment = await charge(source, { '3ds': { enabled: true } })
    assert.deepEqual([payment.status, payment.requiresRedirect], ['Pending', true])
    assert(URL.canParse(payment.redirectLink))
    theDouble().answerChallenge(payment.id, 'passed')
    assert.equal((await sdkOf().payments.get(payment.id)).approved, true)
  })

  test('a dispute takes a file, a text and its hand-in; another one is given up', async () => {
    const sdk = sdkOf()
    const paid = await charge(theDouble().addCard(VISA))
    const dispute = theDouble().openDispute(paid.id)
    const anyFile = createReadStream(import.meta.filename)
    const file = await sdk.files.upload({ file: anyFile, purpose: 'dispute_evidence' })
    const evidence = { additional_evidence_text: 'delivered', additional_evidence_file: file.id }
    await sdk.disputes.provideEvidence(dispute, evidence)
    await sdk.disputes.submit(dispute)
    assert.equal((await sdk.disputes.getDetails(dispute)).status, 'evidence_under_review')

    const other = theDouble().openDispute(paid.id)
    await sdk.disputes.accept(other)
    assert.equal(theDouble().disputeStatus(other), 'accepted')
  })

  test('another secret key is refused', async () => {
    const sdk = sdkOf('sk_sbox_zzzzzzzzzzzzzzzzzzzzzzzzzzz')
    await assert.rejects(sdk.payments.get('pay_1'), { http_code: 401 })
  })
})
