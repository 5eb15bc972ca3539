import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import { parseCurrency } from '@perennial/core/money'
import type { ChargeRequest, GatewayOutcome } from '@perennial/core/payments'
import { addDays } from '@perennial/core/time'
import {
  AUTHNET_KEYS,
  signAuthnetWebhook,
  startAuthnetDouble,
  type PaymentProfile,
} from '@perennial/testkit/gateway-doubles/authnet'
import { systemClock } from '../../platform/clock/index.ts'
import { createIds } from '../../platform/ids/index.ts'
import { openAuthnetApi } from './authnet-api.ts'
import { findCharge } from './charge-profile.ts'
import { authnetVendor } from './index.ts'

const double = await startAuthnetDouble()
const SETTINGS = {
  environment: 'test',
  baseUrl: double.url,
  timeoutMs: 5_000,
  connections: 2,
  credentials: {
    api_login_id: AUTHNET_KEYS.apiLoginId,
    transaction_key: AUTHNET_KEYS.transactionKey,
    signature_key: AUTHNET_KEYS.signatureKey,
  },
} as const
const port = await authnetVendor.connect(SETTINGS)
after(async () => {
  await port.close()
  await double.close()
})
const clock = systemClock()
const ids = createIds({ clock, random: randomBytes })

function currency(code: string) {
  return parseCurrency(code) ?? assert.fail(`${code} is a currency`)
}

function requestOf(
  profile: Partial<PaymentProfile> = {},
  wish: Partial<ChargeRequest> = {},
): ChargeRequest {
  const number = '4111111111111111'
  const { customerProfileId, paymentProfileId } = double.addProfile({ number, ...profile })
  return {
    accountId: ids.next(),
    idempotencyKey: ids.next(),
    paymentMethodId: ids.next(),
    token: `${customerProfileId}:${paymentProfileId}`,
    networkTransactionId: null,
    initiation: 'recurring',
    amountMinor: 2_500n,
    currency: currency('USD'),
    capture: true,
    at: clock.now(),
    ...wish,
  }
}

function referenceOf(outcome: GatewayOutcome): string {
  assert(outcome.gatewayReference !== null, outcome.kind)
  return outcome.gatewayReference
}

async function paidReference(request: ChargeRequest): Promise<string> {
  const outcome = await port.charge(request)
  assert.equal(outcome.kind, 'succeeded')
  return referenceOf(outcome)
}

test('a charge that has settled since is found by its key in its batch', async () => {
  const request = requestOf()
  const gatewayReference = await paidReference(request)
  double.settle()
  const found = await port.lookUp(request)
  assert(found.kind === 'found', 'it is found')
  assert.deepEqual([found.outcome.kind, found.outcome.gatewayReference], ['succeeded', gatewayReference]) // prettier-ignore
})

test('a look-up that has taken too long says neither yes nor no', async () => {
  const api = openAuthnetApi(SETTINGS)
  try {
    const search = { key: ids.next(), now: clock.now(), isOver: () => true }
    const found = await findCharge(api, search)
    assert.equal(found.kind === 'found' && found.outcome.kind, 'unknown')
  } finally {
    await api.close()
  }
})

test('a charge is described by its key', async () => {
  const request = requestOf()
  await paidReference(request)
  assert.equal(double.transactions().at(-1)?.description, request.idempotencyKey)
})

test('a bank debit that settled and was returned is declined with what the bank said', async () => {
  const bank = { kind: 'bankAccount', number: '000123456789' } as const
  const request = requestOf(bank)
  const outcome = await port.charge(request)
  assert.equal(outcome.kind, 'pending')
  double.settle()
  const settled = await port.lookUp(request)
  assert.equal(settled.kind === 'found' && settled.outcome.kind, 'succeeded')
  double.returnDebit(referenceOf(outcome), 'R01')
  const returned = await port.lookUp(request)
  assert(returned.kind === 'found' && returned.outcome.kind === 'declined', 'it was taken back')
  assert.equal(returned.outcome.decline.code, 'insufficient_funds')
})

test('a bank debit above the limit of the sandbox is declined', async () => {
  const bank = { kind: 'bankAccount', number: '000123456789' } as const
  const outcome = await port.charge(requestOf(bank, { amountMinor: 10_001n }))
  assert(outcome.kind === 'declined', outcome.kind)
  assert.equal(outcome.decline.code, 'generic_decline')
})

test('reason codes are refusals in our words, and those that leave it open are none', async () => {
  const rows = [
    ['8', 'expired_card'],
    ['44', 'incorrect_cvc'],
    ['27', 'incorrect_address'],
    ['251', 'highest_risk_level'],
    ['19', 'gateway_error'],
  ] as const
  for (const [reason, code] of rows) {
    const outcome = await port.charge(requestOf({ behaviour: `declined ${reason}` }))
    assert(outcome.kind === 'declined', outcome.kind)
    assert.equal(outcome.decline.code, code, reason)
  }
  const open = await port.charge(requestOf({ behaviour: 'declined 120' }))
  assert.equal(open.kind, 'unknown')
})

test('a currency that no account is opened in is refused unasked', async () => {
  const before = double.transactions().length
  const outcome = await port.charge(requestOf({}, { currency: currency('JPY') }))
  assert(outcome.kind === 'declined', outcome.kind)
  assert.equal(outcome.decline.code, 'currency_not_supported')
  assert.equal(double.transactions().length, before)
})

test('what has not settled is not refunded, and says why', async () => {
  const request = requestOf()
  const gatewayReference = await paidReference(request)
  const { accountId, at } = request
  const outcome = await port.refund({
    accountId,
    at,
    idempotencyKey: ids.next(),
    gatewayReference,
    amountMinor: 500n,
    chargedMinor: 2_500n,
    currency: request.currency,
    reason: null,
  })
  assert(outcome.kind === 'failed', outcome.kind)
  assert.equal(outcome.failure.code, 'not_settled')
})

test('refunds are listed among what moved, below zero and with their charge', async () => {
  const request = requestOf()
  const gatewayReference = await paidReference(request)
  double.settle()
  const refund = double.addRefund(gatewayReference, '5.00')
  double.settle()
  const at = clock.now()
  const query = { accountId: request.accountId, from: addDays(at, -40), until: addDays(at, 1), at }
  const lines = []
  for (let cursor: string | null = null; ;) {
    const page = await port.listMovements({ ...query, cursor })
    lines.push(...page.movements)
    cursor = page.nextCursor
    if (cursor === null) break
  }
  const line = lines.find(({ reference }) => reference === refund.transId)
  assert.deepEqual(
    [line?.kind, line?.amountMinor, line?.chargeReference],
    ['refund', -500n, gatewayReference],
  )
  const told = line?.notice
  assert(told?.kind === 'refund' && told.outcome.kind === 'succeeded', 'its webhook may get lost')
  assert.deepEqual([told.refundReference, told.amountMinor], [refund.transId, 500n])
})

test('a notice of a void tells that the charge was called off', async () => {
  const request = requestOf()
  const gatewayReference = await paidReference(request)
  await port.void({ ...request, gatewayReference })
  const payload = { entityName: 'transaction', id: gatewayReference }
  const eventType = 'net.authorize.payment.void.created'
  const at = new Date(clock.now())
  const { headers, body } = signAuthnetWebhook(
    { notificationId: 'n1', eventType, at, payload },
    AUTHNET_KEYS.signatureKey,
  )
  const received = { headers, body: new TextEncoder().encode(body), receivedAt: clock.now() }
  const reading = await port.readWebhook(received)
  assert(reading.kind === 'notices', reading.kind)
  const [notice] = reading.notices
  assert(notice?.kind === 'charge' && notice.outcome.kind === 'declined', 'called off')
  assert.equal(notice.idempotencyKey, request.idempotencyKey)
  assert.equal(notice.outcome.decline.code, 'canceled')
})

test('an account of ACH is tokenised, others are not', async () => {
  const bank = {
    bankCode: '021000021',
    accountNumber: '000123456789',
    accountType: 'checking',
    holderName: 'Ada Lovelace',
  } as const
  const ask = (scheme: 'ach' | 'sepa') =>
    port.tokenize({
      accountId: ids.next(),
      instrument: { kind: 'bank', bank: { ...bank, scheme } },
      at: clock.now(),
    })
  const made = await ask('ach')
  assert(made.kind === 'tokenized', made.kind)
  assert.deepEqual([made.details.type, made.details.last4], ['us_bank_account', '6789'])
  assert.equal((await ask('sepa')).kind, 'refused')
})

test('tokens are told from those of other gateways', () => {
  for (const token of ['123:456', '900000001:900000002']) assert(authnetVendor.isToken(token))
  for (const token of ['123|456', '123', '123:', 'a:b', 'tok_visa', '1:2:3'])
    assert(!authnetVendor.isToken(token), token)
})
