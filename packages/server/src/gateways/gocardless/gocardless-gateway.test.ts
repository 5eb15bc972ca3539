import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import { parseCurrency } from '@perennial/core/money'
import type { ChargeRequest, GatewayNotice, TokenizeRequest } from '@perennial/core/payments'
import { addDays } from '@perennial/core/time'
import {
  GOCARDLESS_KEYS,
  mandateEvent,
  paymentEvent,
  signGoCardlessWebhook,
  startGoCardlessDouble,
  type Payment,
  type WebhookEvent,
} from '@perennial/testkit/gateway-doubles/gocardless'
import { systemClock } from '../../platform/clock/index.ts'
import { createIds } from '../../platform/ids/index.ts'
import { gocardlessVendor } from './index.ts'

const clock = systemClock()
const ids = createIds({ clock, random: randomBytes })
const double = await startGoCardlessDouble()
const port = await gocardlessVendor.connect({
  environment: 'test',
  credentials: {
    access_token: GOCARDLESS_KEYS.accessToken,
    webhook_secret: GOCARDLESS_KEYS.webhookSecret,
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

function chargeOf(wish: Partial<ChargeRequest> = {}): ChargeRequest {
  return {
    accountId: ids.next(),
    idempotencyKey: ids.next(),
    token: double.addMandate({ scheme: 'ach' }).id,
    paymentMethodId: ids.next(),
    networkTransactionId: null,
    initiation: 'recurring',
    amountMinor: 1_999n,
    currency: currency('USD'),
    capture: true,
    at: clock.now(),
    ...wish,
  }
}

async function pay(wish: Partial<ChargeRequest> = {}) {
  const request = chargeOf(wish)
  const outcome = await port.charge(request)
  assert(outcome.kind === 'pending', JSON.stringify(outcome))
  double.setStatus(outcome.gatewayReference, 'confirmed')
  return { ...request, gatewayReference: outcome.gatewayReference }
}

function paymentOf(id: string): Payment {
  return double.payments().find((payment) => payment.id === id) ?? assert.fail('a payment')
}

test('a debit in another currency than the mandate’s is declined, and nothing is made', async () => {
  const request = chargeOf({ currency: currency('GBP') })
  const outcome = await port.charge(request)
  assert(outcome.kind === 'declined', outcome.kind)
  assert.equal(outcome.decline.code, 'currency_not_supported')
  assert.deepEqual(await port.lookUp(request), { kind: 'absent' })
})

test('what a payer reads on the statement is the reference, where the package allows one', async () => {
  const statement = { descriptor: 'Byron Ltd', suffix: 'Tea, monthly!', city: null }
  const shown = async (wish: Parameters<typeof double.addMandate>[0], more = {}) => {
    const paid = await pay({ token: double.addMandate(wish).id, statement, ...more })
    return paymentOf(paid.gatewayReference).reference
  }
  assert.equal(await shown({ scheme: 'ach' }), 'Tea monthl')
  const euro = { currency: currency('EUR') }
  assert.equal(await shown({ scheme: 'sepa_core' }, euro), 'Tea monthly')
  assert.equal(await shown({ scheme: 'ach', takesReferences: false }), null)
})

test('a debit that was made behind a broken answer is unknown, then found, and made once', async () => {
  for (const fault of ['lost answer', 'answers 500', 'answers nonsense'] as const) {
    const request = chargeOf({ token: double.addMandate({ scheme: 'ach', fault }).id })
    assert.equal((await port.charge(request)).kind, 'unknown', fault)
    const found = await port.lookUp(request)
    assert(found.kind === 'found', fault)
    assert.equal(found.outcome.kind, 'pending', fault)
    assert.deepEqual(await port.charge(request), found.outcome, fault)
  }
})

test('what the banks say of a payment is found by its key', async () => {
  const rows = [
    ['pending_submission', 'pending'],
    ['submitted', 'pending'],
    ['confirmed', 'succeeded'],
    ['paid_out', 'succeeded'],
    ['failed', 'declined'],
    ['cancelled', 'declined'],
    ['charged_back', 'declined'],
  ] as const
  const paid = await pay()
  for (const [status, kind] of rows) {
    double.setStatus(paid.gatewayReference, status)
    const found = await port.lookUp(paid)
    assert.equal(found.kind === 'found' ? found.outcome.kind : found.kind, kind, status)
  }
})

test('a payment is called off until the banks have it', async () => {
  const request = chargeOf()
  const sent = await port.charge(request)
  assert(sent.kind === 'pending', sent.kind)
  const { gatewayReference } = sent
  assert.deepEqual(await port.void({ ...request, gatewayReference }), { kind: 'voided' })
  assert.deepEqual(await port.void({ ...request, gatewayReference }), { kind: 'voided' })
  const paid = await pay()
  assert.equal((await port.void(paid)).kind, 'refused')
})

async function linesOf(payout: string) {
  const now = clock.now()
  const query = { accountId: ids.next(), from: addDays(now, -1), until: addDays(now, 1), at: now }
  const lines = []
  let cursor: string | null = null
  do {
    const page = await port.listMovements({ ...query, cursor })
    lines.push(...page.movements)
    cursor = page.nextCursor
  } while (cursor !== null)
  return lines.filter(({ payoutReference }) => payoutReference === payout)
}

test('a payout is told by its charges and fees, which add up to what reaches the bank', async () => {
  const amounts = [1_999n, 101n, 33n, 123_456n]
  const paid = []
  for (const amountMinor of amounts) paid.push(await pay({ amountMinor }))
  const own = await linesOf(double.payOut('USD'))
  const net = own.reduce((sum, { amountMinor, feeMinor }) => sum + amountMinor - feeMinor, 0n)
  assert.equal(net, 0n, 'charges less fees is what was paid out')
  for (const { gatewayReference, amountMinor } of paid) {
    const line = own.find(({ chargeReference }) => chargeReference === gatewayReference)
    assert.deepEqual([line?.kind, line?.amountMinor], ['charge', amountMinor])
    assert((line?.feeMinor ?? 0n) > 0n, 'each charge has its fee')
  }
})

test('what was charged back is taken out of the next payout as an adjustment, which a return has', async () => {
  const paid = await pay({ amountMinor: 1_000n })
  double.payOut('USD')
  double.setStatus(paid.gatewayReference, 'charged_back')
  await pay({ amountMinor: 9_000n })
  const lines = await linesOf(double.payOut('USD'))
  const back = lines.filter(({ chargeReference }) => chargeReference === paid.gatewayReference)
  assert.deepEqual(
    back.map(({ kind, amountMinor }) => [kind, amountMinor]),
    [['adjustment', -1_000n]],
  )
  const net = lines.reduce((sum, { amountMinor, feeMinor }) => sum + amountMinor - feeMinor, 0n)
  assert.equal(net, 0n)
})

async function noticeOf(event: WebhookEvent): Promise<GatewayNotice> {
  const { webhookSecret: secret } = GOCARDLESS_KEYS
  const signed = signGoCardlessWebhook([event], { secret, sentAt: '2027-01-01T00:00:00.000Z' })
  const reading = await port.readWebhook({ ...signed, receivedAt: clock.now() })
  assert(reading.kind === 'notices', reading.kind)
  return reading.notices[0] ?? assert.fail('there is a notice')
}

test('a payment’s events tell its outcome under our key, with the bank’s cause', async () => {
  const paid = chargeOf()
  const sent = await port.charge(paid)
  assert(sent.kind === 'pending', sent.kind)
  const payment = paymentOf(sent.gatewayReference)
  const rows = [
    ['created', 'pending', null],
    ['submitted', 'pending', null],
    ['confirmed', 'succeeded', null],
    ['paid_out', 'succeeded', null],
    ['failed', 'declined', 'insufficient_funds'],
    ['cancelled', 'declined', 'canceled'],
  ] as const
  for (const [action, kind, code] of rows) {
    const cause = action === 'failed' ? { cause: 'insufficient_funds' } : {}
    const notice = await noticeOf(paymentEvent(payment, action, cause))
    assert(notice.kind === 'charge', action)
    assert.deepEqual([notice.outcome.kind, notice.idempotencyKey], [kind, paid.idempotencyKey])
    const told = notice.outcome.kind === 'declined' ? notice.outcome.decline.code : null
    assert.equal(told, code, action)
  }
})

test('a bank that is late to say no takes back what it had confirmed', async () => {
  const request = chargeOf()
  const sent = await port.charge(request)
  assert(sent.kind === 'pending', sent.kind)
  const payment = paymentOf(sent.gatewayReference)
  const failed = paymentEvent(payment, 'failed', { cause: 'insufficient_funds' })
  assert.equal((await noticeOf(failed)).kind, 'charge')
  double.setStatus(payment.id, 'confirmed')
  assert.equal((await noticeOf(failed)).kind, 'return')
})

test('money that is taken back is a return with the scheme’s code', async () => {
  const paid = await pay()
  const details = { reason_code: 'R10', cause: 'authorisation_disputed', description: 'Disputed.' }
  for (const action of ['charged_back', 'late_failure_settled']) {
    const notice = await noticeOf(paymentEvent(paymentOf(paid.gatewayReference), action, details))
    const { gatewayReference } = paid
    const { id, at } = notice
    const expected = { kind: 'return', gatewayReference, code: 'R10', message: 'Disputed.' }
    assert.deepEqual(notice, { ...expected, id, at })
  }
})

test('a chargeback that the bank cancels is told as the payment given again', async () => {
  const paid = await pay()
  const payment = paymentOf(paid.gatewayReference)
  assert.partialDeepStrictEqual(await noticeOf(paymentEvent(payment, 'chargeback_cancelled')), {
    kind: 'charge',
    idempotencyKey: paid.idempotencyKey,
    outcome: { kind: 'succeeded' },
    isGivenAgain: true,
  })
})

test('a mandate that ends, moves or is replaced is told of its payment method', async () => {
  const rows = [
    ['cancelled', 'mandate_canceled', null],
    ['failed', 'mandate_canceled', null],
    ['expired', 'mandate_canceled', null],
    ['blocked', 'mandate_canceled', null],
    ['transferred', 'updated', null],
    ['replaced', 'updated', 'MD0000NEW'],
  ] as const
  for (const [action, change, newToken] of rows) {
    const event = mandateEvent('MD0000OLD', action)
    const links = { ...event.links, ...(newToken === null ? {} : { new_mandate: newToken }) }
    const notice = await noticeOf({ ...event, links })
    assert(notice.kind === 'method', action)
    assert.deepEqual(
      [notice.method.token, notice.method.change, notice.method.newToken],
      ['MD0000OLD', change, newToken],
    )
  }
})

test('a mandate is told of with how it stands', async () => {
  const { id: token } = double.addMandate({ scheme: 'bacs' })
  const about = { accountId: ids.next(), paymentMethodId: ids.next(), token, at: clock.now() }
  const rows = [
    ['pending_submission', 'awaited'],
    ['submitted', 'awaited'],
    ['active', 'in_force'],
    ['failed', 'ended'],
    ['cancelled', 'ended'],
    ['expired', 'ended'],
  ] as const
  for (const [status, standing] of rows) {
    double.setMandate(token, status)
    assert.equal((await port.describeToken(about))?.mandate, standing, status)
  }
})

test('accounts of each scheme become mandates that are told apart', async () => {
  const bank = { accountType: null, holderName: 'Ada Lovelace', bankCode: null }
  const rows = [
    ['sepa', 'DE89370400440532013000', null, 'bank_account'],
    ['bacs', '55779911', '200000', 'bacs_direct_debit'],
    ['ach', '2715500356', '026073150', 'us_bank_account'],
  ] as const
  for (const [scheme, accountNumber, bankCode, type] of rows) {
    const instrument: TokenizeRequest['instrument'] = {
      kind: 'bank',
      bank: { ...bank, scheme, accountNumber, bankCode },
    }
    const about = { accountId: ids.next(), at: clock.now() }
    const made = await port.tokenize({ ...about, instrument })
    assert(made.kind === 'tokenized', JSON.stringify(made))
    assert(gocardlessVendor.isToken(made.token), made.token)
    assert.deepEqual([made.details.type, made.details.last4], [type, accountNumber.slice(-2)])
  }
  // Asked again under the same key, nothing is made twice; what is ended may be ended again.
  const instrument = { kind: 'bank', bank: { ...bank, scheme: 'bacs', accountNumber: '55779911', bankCode: '200000' } } as const // prettier-ignore
  const keyed = { accountId: ids.next(), at: clock.now(), idempotencyKey: ids.next(), instrument }
  const before = double.mandates().length
  const [first, again] = [await port.tokenize(keyed), await port.tokenize(keyed)]
  assert.deepEqual(again, first)
  assert.equal(double.mandates().length, before + 1)
  assert(first.kind === 'tokenized' && port.endMandate !== undefined)
  const otherBank = { ...instrument.bank, accountNumber: '31510604' }
  const other = await port.tokenize({ ...keyed, instrument: { kind: 'bank', bank: otherBank } })
  assert(other.kind === 'tokenized')
  assert.deepEqual([other.token === first.token, other.details.last4], [false, '04'])
  for (let time = 0; time < 2; time += 1) await port.endMandate({ ...keyed, token: first.token })
  const ended = double.mandates().find(({ id }) => id === first.token)
  assert.equal(ended?.status, 'cancelled')
  const bad = { ...bank, scheme: 'sepa', accountNumber: 'DE', holderName: 'Acme' } as const
  const request = { accountId: ids.next(), at: clock.now() }
  const refused = await port.tokenize({ ...request, instrument: { kind: 'bank', bank: bad } })
  assert.equal(refused.kind, 'refused')
})

test('a token is a mandate, in the form that the vendor gives and in the one that revtain clients write', () => {
  const rows = [
    ['MD0000ZZ', true],
    ['MD-0000ZZ', true],
    ['MD--0000ZZ', false],
    ['MD-', false],
    ['pm_1', false],
  ] as const
  for (const [token, isOurs] of rows) assert.equal(gocardlessVendor.isToken(token), isOurs, token)
})
