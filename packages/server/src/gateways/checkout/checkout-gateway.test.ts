import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import { parseCurrency } from '@perennial/core/money'
import type { ChargeRequest } from '@perennial/core/payments'
import {
  CHALLENGED_NUMBER,
  cardUpdatedEvent,
  CHECKOUT_KEYS,
  listTestCards,
  paymentEvent,
  signCheckoutWebhook,
  startCheckoutDouble,
} from '@perennial/testkit/gateway-doubles/checkout'
import { systemClock } from '../../platform/clock/index.ts'
import { readText } from '../../platform/foreign/index.ts'
import { createIds } from '../../platform/ids/index.ts'
import { fromCheckoutAmount, toCheckoutAmount } from './amounts.ts'
import { checkoutVendor } from './index.ts'

const VISA = '4242424242424242'

const clock = systemClock()
const ids = createIds({ clock, random: randomBytes })
const double = await startCheckoutDouble()
const port = await checkoutVendor.connect({
  environment: 'test',
  credentials: {
    secret_key: CHECKOUT_KEYS.secretKey,
    public_key: CHECKOUT_KEYS.publicKey,
    processing_channel_id: CHECKOUT_KEYS.processingChannelId,
    signature_key: CHECKOUT_KEYS.signatureKey,
    return_url: 'https://shop.example/back',
  },
  baseUrl: double.url,
  timeoutMs: 5_000,
  connections: 2,
})
after(async () => {
  await port.close()
  await double.close()
})

function currency(code: string) {
  return parseCurrency(code) ?? assert.fail(`${code} is a currency`)
}

function chargeOf(wish: Partial<ChargeRequest> & Pick<ChargeRequest, 'token'>): ChargeRequest {
  return {
    accountId: ids.next(),
    idempotencyKey: ids.next(),
    paymentMethodId: ids.next(),
    networkTransactionId: null,
    initiation: 'present',
    amountMinor: 1_999n,
    currency: currency('USD'),
    capture: true,
    at: clock.now(),
    ...wish,
  }
}

test('a customer who is not there is not asked: the issuer’s wish for her is a decline', async () => {
  for (const initiation of ['first', 'recurring'] as const) {
    const request = chargeOf({ token: double.addCard(CHALLENGED_NUMBER), initiation })
    const outcome = await port.charge(request)
    assert(outcome.kind === 'declined', outcome.kind)
    assert.equal(outcome.decline.code, 'authentication_required')
    const made = double.payments().filter(({ reference }) => reference === request.idempotencyKey)
    assert.deepEqual(
      made.map(({ status }) => status),
      ['Declined'],
    )
  }
})

test('a charge that was made behind a broken answer is unknown, then found, and made once', async () => {
  for (const fault of ['lost answer', 'answers 500', 'answers nonsense'] as const) {
    const request = chargeOf({ token: double.addCard(VISA, fault) })
    assert.equal((await port.charge(request)).kind, 'unknown', fault)
    const found = await port.lookUp(request)
    assert(found.kind === 'found', fault)
    assert.equal(found.outcome.kind, 'succeeded', fault)
    assert.deepEqual(await port.charge(request), found.outcome, fault)
  }
})

test('whoever was given a page to come back to is challenged, and comes back there', async () => {
  const token = double.addCard(CHALLENGED_NUMBER)
  const rows = [
    [{ initiation: 'present' }, 'https://shop.example/back'],
    [{ initiation: 'present', returnUrl: 'https://pay.example/1' }, 'https://pay.example/1'],
    [{ initiation: 'first', returnUrl: 'https://pay.example/2' }, 'https://pay.example/2'],
  ] as const
  for (const [wish, page] of rows) {
    const outcome = await port.charge(chargeOf({ token, ...wish }))
    assert.equal(outcome.kind, 'needs_action')
    assert.equal(double.payments().at(-1)?.successUrl, page)
  }
})

test('a challenge that is asked for twice is one challenge', async () => {
  const request = chargeOf({ token: double.addCard(CHALLENGED_NUMBER) })
  const [first, second] = [await port.charge(request), await port.charge(request)]
  assert.equal(first.kind, 'needs_action')
  assert.deepEqual(second, first)
})

test('the notice of the refusal before a challenge does not end the charge', async () => {
  const request = chargeOf({ token: double.addCard(CHALLENGED_NUMBER) })
  await port.charge(request)
  const refused = double
    .payments()
    .find(({ reference, status }) => reference === request.idempotencyKey && status === 'Declined')
  assert(refused !== undefined, 'the first try was refused')
  const event = { type: 'payment_declined', data: paymentEvent(refused) }
  const sent = { ...event, sentAt: '2027-01-01T00:00:00Z' }
  const signed = signCheckoutWebhook(sent, CHECKOUT_KEYS.signatureKey)
  const reading = await port.readWebhook({ ...signed, receivedAt: clock.now() })
  assert(reading.kind === 'notices', reading.kind)
  assert.equal(reading.notices[0]?.kind, 'other')
})

/** One notice of an event, as the vendor signs it. */
async function heard(type: string, data: unknown) {
  const sent = { type, data, sentAt: '2027-01-01T00:00:00Z' }
  const signed = signCheckoutWebhook(sent, CHECKOUT_KEYS.signatureKey)
  const reading = await port.readWebhook({ ...signed, receivedAt: clock.now() })
  assert(reading.kind === 'notices', reading.kind)
  return reading.notices[0] ?? assert.fail('a notice')
}

test('a payment that was called off in the dashboard is told as called off', async () => {
  const request = chargeOf({ token: double.addCard(VISA), capture: false })
  await port.charge(request)
  const payment = double.payments().at(-1) ?? assert.fail('a payment')
  assert.partialDeepStrictEqual(await heard('payment_voided', paymentEvent(payment)), {
    kind: 'void',
    idempotencyKey: request.idempotencyKey,
    chargeReference: payment.id,
    outcome: { kind: 'voided' },
  })
})

test('a void that is declined a moment after it was accepted is refused, by look and by notice', async () => {
  const request = chargeOf({ token: double.addCard(VISA), capture: false })
  await port.charge(request)
  const { id: gatewayReference } = double.payments().at(-1) ?? assert.fail('a payment')
  const key = { ...request, idempotencyKey: ids.next(), gatewayReference }
  double.setFate(gatewayReference, 'undecided')
  assert.equal((await port.void(key)).kind, 'unknown')
  double.setFate(gatewayReference, 'declined')
  const refused = await port.void(key)
  assert.partialDeepStrictEqual(refused, { kind: 'refused', code: 'not_voidable' })
  const payment = double.payments().at(-1) ?? assert.fail('a payment')
  assert.partialDeepStrictEqual(await heard('payment_void_declined', paymentEvent(payment)), {
    kind: 'void',
    idempotencyKey: key.idempotencyKey,
    chargeReference: gatewayReference,
    outcome: { kind: 'refused', code: 'not_voidable' },
  })
  double.setFate(gatewayReference, 'approved')
  const again = { ...key, idempotencyKey: ids.next() }
  assert.deepEqual(await port.void(again), { kind: 'voided' })
})

test('a capture that is decided later is told of its payment, under neither reference', async () => {
  const hold = chargeOf({ token: double.addCard(VISA), capture: false })
  await port.charge(hold)
  const { id: gatewayReference } = double.payments().at(-1) ?? assert.fail('a payment')
  double.setFate(gatewayReference, 'undecided')
  const { accountId, currency: code, at } = hold
  const key = { accountId, idempotencyKey: ids.next(), at }
  const capture = { ...key, gatewayReference, amountMinor: 1_999n, currency: code }
  assert.equal((await port.capture(capture)).kind, 'pending')
  double.setFate(gatewayReference, 'approved')
  const payment = double.payments().at(-1) ?? assert.fail('a payment')
  for (const reference of [hold.idempotencyKey, key.idempotencyKey])
    assert.partialDeepStrictEqual(
      await heard('payment_captured', { ...paymentEvent(payment), reference }),
      { kind: 'charge', idempotencyKey: null, gatewayReference, outcome: { kind: 'succeeded' } },
    )
})

test('what an account updater finds is told of every instrument of the card', async () => {
  const sources = [double.addCard(VISA), double.addCard(VISA)].map((id) => ({ id }))
  const read = async (reason: string) => {
    const event = cardUpdatedEvent(sources, reason)
    const sent = { type: 'card_updated', data: event, sentAt: '2027-01-01T00:00:00Z' }
    const signed = signCheckoutWebhook(sent, CHECKOUT_KEYS.signatureKey)
    const reading = await port.readWebhook({ ...signed, receivedAt: clock.now() })
    assert(reading.kind === 'notices', reading.kind)
    assert.equal(new Set(reading.notices.map(({ id }) => id)).size, reading.notices.length)
    return reading.notices.map((notice) => (notice.kind === 'method' ? notice.method : notice.kind))
  }
  const found = { newToken: null, last4: '3456', expMonth: 12, expYear: 2031 } as const
  const nothing = { newToken: null, last4: null, expMonth: null, expYear: null } as const
  const of = (change: string, details: object) =>
    sources.map(({ id: token }) => ({ token, change, ...details }))
  assert.deepEqual(await read('card_updated'), of('updated', found))
  assert.deepEqual(await read('card_expiry_updated'), of('updated', found))
  assert.deepEqual(await read('card_closed'), of('closed', nothing))
  assert.deepEqual(await read('update_failed'), ['other'])
})

test('a hold of nothing verifies the card, or finds it refused', async () => {
  const nothing = { amountMinor: 0n, capture: false, initiation: 'present' } as const
  const good = chargeOf({ ...nothing, token: double.addCard(VISA) })
  const verified = await port.charge(good)
  assert.equal(verified.kind, 'succeeded')
  assert.deepEqual(await port.lookUp(good), { kind: 'found', outcome: verified })
  const dead = await port.charge(
    chargeOf({ ...nothing, token: double.addCard('4724117215951699') }),
  )
  assert.equal(dead.kind, 'declined')
})

test('who asks for the money is told in the vendor’s words', async () => {
  const rows = [
    ['present', 'Regular', false],
    ['first', 'Recurring', false],
    ['recurring', 'Recurring', true],
  ] as const
  for (const [initiation, paymentType, merchantInitiated] of rows) {
    const request = chargeOf({ token: double.addCard(VISA), initiation })
    await port.charge(request)
    const seen = double.payments().find(({ reference }) => reference === request.idempotencyKey)
    assert.deepEqual([seen?.paymentType, seen?.merchantInitiated], [paymentType, merchantInitiated])
  }
})

test('every documented test card is declined in our words, with the network’s code', async () => {
  const codes = new Map<string, readonly [string, string | null]>()
  for (const { number, responseCode } of listTestCards()) {
    if (responseCode === '10000' || number === CHALLENGED_NUMBER) continue
    const outcome = await port.charge(chargeOf({ token: double.addCard(number) }))
    assert(outcome.kind === 'declined', responseCode)
    codes.set(responseCode, [outcome.decline.code, outcome.decline.isoCode])
  }
  assert.deepEqual(Object.fromEntries(codes), {
    '200N7': ['incorrect_cvc', 'N7'],
    '200R3': ['revocation_of_all_authorizations', 'R3'],
    '20001': ['call_issuer', '01'],
    '20012': ['transaction_not_allowed', '12'],
    '20014': ['incorrect_number', '14'],
    '20051': ['insufficient_funds', '51'],
    '20054': ['expired_card', '54'],
    '20057': ['transaction_not_allowed', '57'],
    '20059': ['fraudulent', '59'],
    '20061': ['card_velocity_exceeded', '61'],
    '20062': ['restricted_card', '62'],
    '20063': ['security_violation', '63'],
    '20068': ['issuer_not_available', '68'],
    '20078': ['generic_decline', '78'],
  })
})

test('a capture that is sent again after its key was forgotten takes nothing more', async () => {
  const charge = chargeOf({ token: double.addCard(VISA), capture: false })
  const held = await port.charge(charge)
  assert(held.kind === 'succeeded', held.kind)
  const { gatewayReference } = held
  const capture = { ...charge, idempotencyKey: ids.next(), gatewayReference, amountMinor: 500n }
  assert.equal((await port.capture(capture)).kind, 'succeeded')
  double.forgetKeys()
  assert.equal((await port.capture(capture)).kind, 'succeeded')
  const payment = double.payments().find(({ id }) => id === gatewayReference)
  const captures = payment?.actions.filter(({ type }) => type === 'Capture')
  assert.deepEqual(
    captures?.map(({ amount }) => amount),
    [500],
  )
})

test('amounts are written with the vendor’s decimals, and not sent when it has no such amount', () => {
  const rows = [
    ['USD', 1_999n, 1_999],
    ['JPY', 1_500n, 1_500],
    ['CLP', 1_500n, 150_000],
    ['KWD', 12_340n, 12_340],
    ['KWD', 12_345n, null],
    ['CLF', 10_000n, 100],
    ['CLF', 10_001n, null],
    ['USD', 999_999_999n, 999_999_999],
    ['USD', 1_000_000_000n, null],
  ] as const
  for (const [code, amountMinor, sent] of rows) {
    assert.equal(toCheckoutAmount(amountMinor, currency(code)), sent, `${code} ${amountMinor}`)
    if (sent === null) continue
    assert.deepEqual(fromCheckoutAmount(sent, code), { amountMinor, currency: currency(code) })
  }
  assert.equal(fromCheckoutAmount(50, 'CLP'), null)
  assert.equal(fromCheckoutAmount(1.5, 'USD'), null)
})

test('evidence is handed in with one document, and a dispute is given up', async () => {
  const paid = await port.charge(chargeOf({ token: double.addCard(VISA) }))
  assert(paid.kind === 'succeeded', paid.kind)
  const dispute = () => ({
    accountId: ids.next(),
    idempotencyKey: ids.next(),
    disputeReference: double.openDispute(paid.gatewayReference),
    chargeReference: paid.gatewayReference,
    at: clock.now(),
  })
  const pdf = {
    name: 'receipt.pdf',
    contentType: 'application/pdf',
    body: new TextEncoder().encode('%PDF-1.7'),
  } as const
  const answered = { ...dispute(), text: 'It was delivered.', facts: { invoice: 'INV-1' } }
  const submit = port.submitEvidence ?? assert.fail('it takes evidence')
  const accept = port.acceptDispute ?? assert.fail('it takes acceptance')

  assert.deepEqual(await submit({ ...answered, files: [pdf] }), {
    kind: 'accepted',
    status: 'under_review',
  })
  assert.equal(double.disputeStatus(answered.disputeReference), 'evidence_under_review')
  const given = double.disputeEvidence(answered.disputeReference)
  assert.equal(readText(given, 'additional_evidence_text'), 'It was delivered.')
  assert.equal(readText(given, 'invoice_or_receipt_text'), 'invoice: INV-1')
  assert.equal((await submit({ ...answered, files: [pdf] })).kind, 'refused')

  assert.deepEqual(await accept(dispute()), { kind: 'accepted', status: 'lost' })
})

test('facts fill texts of their own, by whole lines, and never push the merchant out', async () => {
  const paid = await port.charge(chargeOf({ token: double.addCard(VISA) }))
  assert(paid.kind === 'succeeded', paid.kind)
  const disputeReference = double.openDispute(paid.gatewayReference)
  const lines = Array.from({ length: 15 }, (_, index) => [`fact_${index}`, 'x'.repeat(40)] as const)
  const answer = await port.submitEvidence?.({
    accountId: ids.next(),
    idempotencyKey: ids.next(),
    disputeReference,
    chargeReference: paid.gatewayReference,
    at: clock.now(),
    text: 'y'.repeat(500),
    facts: Object.fromEntries(lines),
    files: [],
  })
  assert.equal(answer?.kind, 'accepted')
  const given = double.disputeEvidence(disputeReference)
  assert.equal(readText(given, 'additional_evidence_text'), 'y'.repeat(500))
  const texts = ['invoice_or_receipt_text', 'recurring_transaction_agreement_text'].map(
    (name) => readText(given, name) ?? '',
  )
  assert(texts.every(({ length }) => length <= 500))
  assert.equal(texts.join('\n'), lines.map(([name, value]) => `${name}: ${value}`).join('\n'))
})

test('a prefix that would lead to another host is refused', async () => {
  const credentials = { secret_key: 'sk_x', public_key: 'pk_x', processing_channel_id: 'pc_x' }
  const settings = { environment: 'test', baseUrl: null, timeoutMs: 100, connections: 1 } as const
  for (const subdomain of ['internal.example/?', 'a.b', 'x@y']) {
    const there = await checkoutVendor.connect({
      ...settings,
      credentials: { ...credentials, subdomain },
    })
    assert.equal((await there.checkCredentials()).kind, 'refused', subdomain)
    await there.close()
  }
})

test('tokens of other gateways are told apart', () => {
  const rows = [
    [`src_${'a'.repeat(26)}`, true],
    ['src_short', false],
    ['pm_1234567890', false],
    ['MD0000000000ZZ', false],
  ] as const
  for (const [token, isOurs] of rows) assert.equal(checkoutVendor.isToken(token), isOurs, token)
})

test('part of a charge that the vendor has no amount for is not taken or given back whole', async () => {
  const money = { amountMinor: 10_000n, currency: currency('KWD') } as const
  const part = { ...money, amountMinor: 1_235n }
  const paid = await port.charge(chargeOf({ ...money, token: double.addCard(VISA) }))
  assert(paid.kind === 'succeeded', paid.kind)
  const { gatewayReference } = paid
  const key = () => ({ accountId: ids.next(), idempotencyKey: ids.next(), at: clock.now() })
  const refund = { ...key(), ...part, gatewayReference, chargedMinor: 10_000n, reason: null }
  const refunded = await port.refund(refund)
  assert(refunded.kind === 'failed', refunded.kind)
  assert.equal(refunded.failure.code, 'invalid_amount')

  const hold = chargeOf({ ...money, token: double.addCard(VISA), capture: false })
  const held = await port.charge(hold)
  assert(held.kind === 'succeeded', held.kind)
  const captured = await port.capture({
    ...key(),
    ...part,
    gatewayReference: held.gatewayReference,
  })
  assert(captured.kind === 'declined', captured.kind)
  const done = (reference: string) =>
    double
      .payments()
      .find(({ id }) => id === reference)
      ?.actions.map(({ type }) => type)
  assert.deepEqual(done(gatewayReference), ['Capture', 'Authorization'])
  assert.deepEqual(done(held.gatewayReference), ['Authorization'])
})
