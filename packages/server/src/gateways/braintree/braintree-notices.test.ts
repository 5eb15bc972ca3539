import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import { parseCurrency } from '@perennial/core/money'
import type {
  ChargeRequest,
  GatewayNotice,
  GatewayOutcome,
  WebhookReading,
} from '@perennial/core/payments'
import { addDays, addMs, MS_PER_HOUR } from '@perennial/core/time'
import {
  BRAINTREE_KEYS,
  sampleBraintreeNotification,
  startBraintreeDouble,
} from '@perennial/testkit/gateway-doubles/braintree'
import { systemClock } from '../../platform/clock/index.ts'
import { createIds } from '../../platform/ids/index.ts'
import { braintreeVendor } from './index.ts'

const double = await startBraintreeDouble()
const port = await braintreeVendor.connect({
  environment: 'test',
  baseUrl: double.url,
  timeoutMs: 5_000,
  connections: 2,
  credentials: {
    merchant_id: BRAINTREE_KEYS.merchantId,
    public_key: BRAINTREE_KEYS.publicKey,
    private_key: BRAINTREE_KEYS.privateKey,
  },
})
after(async () => {
  await port.close()
  await double.close()
})
const clock = systemClock()
const ids = createIds({ clock, random: randomBytes })
const USD = parseCurrency('USD') ?? assert.fail('USD is a currency')

function receive(kind: string, laterMs = 0): Promise<WebhookReading> {
  const body = new TextEncoder().encode(sampleBraintreeNotification(kind, 'abc123'))
  return port.readWebhook({ headers: {}, body, receivedAt: addMs(clock.now(), laterMs) })
}

async function noticeOf(kind: string): Promise<GatewayNotice> {
  const reading = await receive(kind)
  assert(reading.kind === 'notices', reading.kind)
  return reading.notices[0] ?? assert.fail('there is a notice')
}

test('the vendor’s own examples of disputes are read', async () => {
  const rows = [
    ['dispute_opened', 'needs_response'],
    ['dispute_under_review', 'under_review'],
    ['dispute_disputed', 'under_review'],
    ['dispute_won', 'won'],
    ['dispute_lost', 'lost'],
    ['dispute_accepted', 'lost'],
    ['dispute_auto_accepted', 'lost'],
    ['dispute_expired', 'lost'],
  ] as const
  for (const [kind, status] of rows) {
    const notice = await noticeOf(kind)
    assert(notice.kind === 'dispute', kind)
    const { dispute } = notice
    assert.deepEqual(
      [dispute.status, dispute.amountMinor, dispute.reason, dispute.chargeReference],
      [status, 25_000n, 'fraudulent', 'abc123'],
      kind,
    )
  }
})

test('the vendor’s own examples of settlements are read', async () => {
  const settled = await noticeOf('transaction_settled')
  assert(settled.kind === 'charge', settled.kind)
  assert.equal(settled.outcome.kind, 'succeeded')
  const bounced = await noticeOf('transaction_settlement_declined')
  assert(bounced.kind === 'return', bounced.kind)
  assert.equal(bounced.gatewayReference, 'abc123')
})

test('what changes nothing here is kept as it is called', async () => {
  for (const kind of ['check', 'disbursement', 'subscription_charged_successfully']) {
    assert.deepEqual((await noticeOf(kind)).kind, 'other', kind)
  }
})

test('a notification that is sent again within a day is read, after that it is stale', async () => {
  assert.equal((await receive('check', 24 * MS_PER_HOUR)).kind, 'notices')
  const late = await receive('check', 26 * MS_PER_HOUR)
  assert.deepEqual(late, { kind: 'refused', reason: 'stale' })
})

function charge(wish: Partial<ChargeRequest> = {}): Promise<GatewayOutcome> {
  const { token, customerId } = double.addMethod({ number: '4111111111111111' })
  return port.charge({
    accountId: ids.next(),
    idempotencyKey: ids.next(),
    paymentMethodId: ids.next(),
    token: `${token}|${customerId}`,
    networkTransactionId: null,
    initiation: 'present',
    amountMinor: 2_500n,
    currency: USD,
    capture: true,
    at: clock.now(),
    ...wish,
  })
}

async function openedDispute(): Promise<string> {
  const outcome = await charge()
  assert(outcome.kind === 'succeeded', outcome.kind)
  return double.openDispute(outcome.gatewayReference).id
}

function about(disputeReference: string) {
  const [accountId, idempotencyKey] = [ids.next(), ids.next()]
  return { accountId, idempotencyKey, disputeReference, chargeReference: 'x', at: clock.now() }
}

test('evidence goes in as text, facts and files, and counts once', async () => {
  const id = await openedDispute()
  const name = 'invoice.pdf'
  const file = { name, contentType: 'application/pdf', body: new Uint8Array([37, 80]) } as const
  const request = { ...about(id), text: 'Delivered.', facts: { customer: 'Ada' }, files: [file] }
  const answer = { kind: 'accepted', status: 'under_review' }
  assert.deepEqual(await port.submitEvidence?.(request), answer)
  assert.deepEqual(piecesOf(id), ['Delivered.\ncustomer: Ada', 'invoice.pdf'])
  assert.deepEqual(await port.submitEvidence?.(request), answer)
  assert.equal(piecesOf(id).length, 2)
})

function piecesOf(disputeId: string) {
  const { evidence = [] } = double.dispute(disputeId) ?? {}
  return evidence.map(({ comment, file }) => comment ?? file)
}

test('an answer whose end got lost counts once, with what it says now, beside what the merchant has added there', async () => {
  const id = await openedDispute()
  const dispute = double.dispute(id) ?? assert.fail('it was opened')
  dispute.evidence.push({ id: 'theirs', comment: null, file: 'theirs.pdf', createdAt: new Date(0) })
  dispute.isEndLost = true
  const file = {
    name: 'a.pdf',
    contentType: 'application/pdf',
    body: new Uint8Array([37]),
  } as const
  const more = { ...file, name: 'b.pdf' }
  const request = { ...about(id), text: 'Delivered.', facts: { customer: 'Ada' } }
  const lost = await port.submitEvidence?.({ ...request, files: [file, more] })
  assert.equal(lost?.kind, 'unknown')
  assert.deepEqual(piecesOf(id), ['theirs.pdf', 'Delivered.\ncustomer: Ada', 'a.pdf', 'b.pdf'])
  const answer = await port.submitEvidence?.({ ...request, text: 'Seen.', files: [more] })
  assert.equal(answer?.kind, 'accepted')
  assert.deepEqual(piecesOf(id), ['theirs.pdf', 'Seen.\ncustomer: Ada', 'b.pdf'])
})

test('a dispute is given up once, and one that nobody knows is refused', async () => {
  const id = await openedDispute()
  assert.deepEqual(await port.acceptDispute?.(about(id)), { kind: 'accepted', status: 'lost' })
  assert.deepEqual(await port.acceptDispute?.(about(id)), { kind: 'accepted', status: 'lost' })
  assert.equal((await port.acceptDispute?.(about('never')))?.kind, 'refused')
})

test('a refund among what settled is told, as no webhook tells of it', async () => {
  const charged = await charge()
  assert(charged.kind === 'succeeded', charged.kind)
  const { gatewayReference: chargeReference } = charged
  double.settle()
  const [accountId, idempotencyKey, at] = [ids.next(), ids.next(), clock.now()]
  const money = { amountMinor: 700n, currency: USD }
  const about = { accountId, idempotencyKey, at, gatewayReference: chargeReference }
  await port.refund({ ...about, ...money, chargedMinor: 2_500n, reason: null })
  double.settle()
  const span = { from: addDays(at, -1), until: addDays(at, 1), cursor: null }
  const { movements } = await port.listMovements({ accountId, ...span, at })
  const lines = movements.filter((line) => line.chargeReference === chargeReference)
  const refund = lines.find(({ kind }) => kind === 'refund') ?? assert.fail('it is listed')
  assert.equal(lines.find(({ kind }) => kind === 'charge')?.notice, undefined)
  assert.deepEqual(refund.notice, {
    id: `listed refund ${refund.reference}`,
    at: refund.at,
    kind: 'refund',
    idempotencyKey,
    chargeReference,
    refundReference: refund.reference,
    ...money,
    outcome: { kind: 'succeeded', gatewayReference: refund.reference },
  })
})

test('a charge in a currency that the merchant has no account for is refused unasked', async () => {
  const before = double.transactions().length
  const outcome = await charge({ currency: parseCurrency('GBP') ?? assert.fail('GBP is one') })
  assert(outcome.kind === 'declined', outcome.kind)
  assert.equal(outcome.decline.code, 'currency_not_supported')
  assert.equal(double.transactions().length, before)
})

test('refusing amounts of the sandbox are refusals in our words', async () => {
  const rows = [
    [200_100n, 'insufficient_funds'],
    [200_400n, 'expired_card'],
    [300_000n, 'issuer_not_available'],
    [500_100n, 'merchant_inactive'],
  ] as const
  for (const [amountMinor, code] of rows) {
    const outcome = await charge({ amountMinor, initiation: 'recurring' })
    assert(outcome.kind === 'declined', outcome.kind)
    assert.equal(outcome.decline.code, code)
  }
})

test('tokens are told from those of other gateways', () => {
  for (const token of ['f4k3t0|123456', 'a-b_c|customer_1']) assert(braintreeVendor.isToken(token))
  for (const token of ['pm_123', 'a|b|c', 'token|', '1:2', 'tok_visa', 'a b|c'])
    assert(!braintreeVendor.isToken(token), token)
})
