import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import { parseCurrency } from '@perennial/core/money'
import type { BankForm, BroughtBack, ChargeRequest, GatewayNotice } from '@perennial/core/payments'
import {
  ADYEN_KEYS,
  listRefusals,
  signAdyenWebhook,
  signTokenWebhook,
  startAdyenDouble,
  type NotificationItem,
} from '@perennial/testkit/gateway-doubles/adyen'
import { systemClock } from '../../platform/clock/index.ts'
import { createIds } from '../../platform/ids/index.ts'
import { fromAdyenAmount, toAdyenAmount } from './amounts.ts'
import { adyenVendor } from './index.ts'
import { parseAdyenToken } from './token.ts'

const { apiKey, merchantAccount, hmacKey, tokenHmacKey } = ADYEN_KEYS

const clock = systemClock()
const ids = createIds({ clock, random: randomBytes })
const double = await startAdyenDouble()
const port = await adyenVendor.connect({
  environment: 'test',
  credentials: {
    api_key: apiKey,
    merchant_account: merchantAccount,
    hmac_key: hmacKey,
    token_hmac_key: tokenHmacKey,
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

function tokenOf(wish: Parameters<typeof double.addCard>[0] = {}): string {
  const { id, shopperReference } = double.addCard(wish)
  return `${merchantAccount}|${id}|${shopperReference}`
}

function chargeOf(wish: Partial<ChargeRequest> = {}): ChargeRequest {
  return {
    accountId: ids.next(),
    idempotencyKey: ids.next(),
    token: tokenOf(),
    paymentMethodId: ids.next(),
    networkTransactionId: null,
    initiation: 'present',
    amountMinor: 1_999n,
    currency: currency('EUR'),
    capture: true,
    at: clock.now(),
    ...wish,
  }
}

test('a charge behind a broken answer is told when it is sent again, and made once', async () => {
  for (const fault of ['lost answer', 'answers 500', 'answers nonsense'] as const) {
    const request = chargeOf({ token: tokenOf({ fault }) })
    assert.equal((await port.charge(request)).kind, 'unknown', fault)
    const again = await port.charge(request)
    assert.equal(again.kind, 'succeeded', fault)
    const made = double.payments().filter((one) => one.merchantReference === request.idempotencyKey)
    assert.deepEqual(
      made.map(({ pspReference }) => pspReference),
      [again.gatewayReference],
    )
  }
})

test('a hold of nothing verifies the card, or finds it refused', async () => {
  const nothing = { amountMinor: 0n, capture: false } as const
  assert.equal((await port.charge(chargeOf(nothing))).kind, 'succeeded')
  const token = tokenOf({ holderName: 'CARD_EXPIRED' })
  assert.equal((await port.charge(chargeOf({ ...nothing, token }))).kind, 'declined')
})

test('a token of another merchant account is never sent', async () => {
  const before = double.payments().length
  const outcome = await port.charge(chargeOf({ token: 'SomebodyElse|8415698462516992|shopper-1' }))
  assert(outcome.kind === 'declined', outcome.kind)
  assert.equal(outcome.decline.code, 'invalid_account')
  assert.equal(double.payments().length, before)
})

test('stored cards are charged as continuous authority, and who asks for the money is told', async () => {
  const rows = [
    ['present', 'CardOnFile', null],
    ['first', 'Subscription', null],
    ['recurring', 'Subscription', '123456789012345'],
  ] as const
  for (const [initiation, model, networkTransactionId] of rows) {
    const request = chargeOf({ initiation, networkTransactionId })
    await port.charge(request)
    const seen = double.payments().at(-1)
    assert.deepEqual(
      [seen?.shopperInteraction, seen?.recurringProcessingModel, seen?.sentNetworkTxReference],
      ['ContAuth', model, networkTransactionId],
    )
  }
})

const CHALLENGED = { number: '4917610000000000' }
const returnUrl = 'https://pay.example/challenges/1'

/** What the shopper of a challenge brings back. */
async function meet(
  { url, form }: { readonly url: string; readonly form?: BankForm },
  answer: 'passed' | 'failed' = 'passed',
): Promise<BroughtBack> {
  const body = new URLSearchParams({ ...form?.fields, answer })
  const sent =
    form === undefined
      ? await fetch(`${url}&answer=${answer}`, { redirect: 'manual' })
      : await fetch(url, { method: 'POST', body, redirect: 'manual' })
  const back = new URL(sent.headers.get('location') ?? '')
  assert.equal(`${back.origin}${back.pathname}`, returnUrl)
  return Object.fromEntries(back.searchParams)
}

async function challenged(wish: Partial<ChargeRequest> = {}) {
  const request = chargeOf({ token: tokenOf(CHALLENGED), returnUrl, ...wish })
  const outcome = await port.charge(request)
  assert(outcome.kind === 'needs_action', outcome.kind)
  const { nextAction, form } = outcome
  return { request, url: nextAction.url, ...(form === undefined ? {} : { form }) }
}

const complete = port.completeChallenge ?? assert.fail('it wants what is brought back')

test('who cannot come back is challenged by nobody, and is declined without a payment', async () => {
  const before = double.payments().length
  const outcome = await port.charge(chargeOf({ token: tokenOf(CHALLENGED) }))
  assert(outcome.kind === 'declined', outcome.kind)
  assert.equal(outcome.decline.code, 'authentication_required')
  assert.equal(double.payments().length, before)
})

test('who is there while a mandate begins can be challenged, and the issuer may want a form', async () => {
  const token = tokenOf({ number: '4212345678901237' })
  const { request, url, form } = await challenged({ token, initiation: 'first', capture: false })
  assert.deepEqual(Object.keys(form?.fields ?? {}), ['MD', 'PaReq', 'TermUrl'])
  assert(form !== undefined)
  const outcome = await complete({ ...request, brought: await meet({ url, form }) })
  assert.equal(outcome?.kind, 'succeeded')
  assert.equal(double.payments().at(-1)?.shopperInteraction, 'Ecommerce')
})

test('a challenge that was failed is declined as such', async () => {
  const challenge = await challenged()
  const brought = await meet(challenge, 'failed')
  const outcome = await complete({ ...challenge.request, brought })
  assert(outcome?.kind === 'declined', outcome?.kind)
  assert.equal(outcome.decline.code, 'authentication_not_handled')
})

test('what was made up, or brought from another payment, ends no charge of this one', async () => {
  const [mine, theirs] = [await challenged(), await challenged()]
  const strange = [{}, { redirectResult: '' }, { redirectResult: 'made up' }, { payload: 'x' }]
  for (const brought of [...strange, await meet(theirs)])
    assert.equal(await complete({ ...mine.request, brought }), null, JSON.stringify(brought))
  const outcome = await complete({ ...mine.request, brought: await meet(mine) })
  assert.equal(outcome?.kind, 'succeeded')
})

test('a lost answer to what was brought is unknown, and told when it is handed in again', async () => {
  const challenge = await challenged()
  const brought = await meet(challenge)
  const before = double.payments().length
  double.loseNextAnswer()
  const lost = await complete({ ...challenge.request, brought })
  assert.equal(lost?.kind, 'unknown')
  assert.equal((await complete({ ...challenge.request, brought }))?.kind, 'succeeded')
  assert.equal(double.payments().length, before + 1)
})

test('every documented refusal is declined in our words, with the network’s code', async () => {
  const told: Record<string, readonly [string, string | null]> = {}
  for (const [holderName] of listRefusals()) {
    const outcome = await port.charge(chargeOf({ token: tokenOf({ holderName }) }))
    assert(outcome.kind === 'declined', holderName)
    told[holderName] = [outcome.decline.code, outcome.decline.isoCode]
  }
  assert.deepEqual(told, {
    DECLINED: ['do_not_honor', '05'],
    REFERRAL: ['call_issuer', '01'],
    ERROR: ['processing_error', '96'],
    BLOCK_CARD: ['restricted_card', '62'],
    CARD_EXPIRED: ['expired_card', '54'],
    INVALID_AMOUNT: ['invalid_amount', '13'],
    INVALID_CARD: ['incorrect_number', '14'],
    NOT_SUPPORTED: ['card_not_supported', '57'],
    NOT_3D_AUTHENTICATED: ['authentication_not_handled', '1A'],
    NOT_ENOUGH_BALANCE: ['insufficient_funds', '51'],
    ACQUIRER_FRAUD: ['fraudulent', '59'],
    INVALID_PIN: ['invalid_pin', '55'],
    FRAUD: ['highest_risk_level', '59'],
    TRANSACTION_NOT_PERMITTED: ['transaction_not_allowed', '57'],
    CVC_DECLINED: ['incorrect_cvc', 'N7'],
    RESTRICTED_CARD: ['restricted_card', '62'],
    REVOCATION_OF_AUTH: ['revocation_of_authorization', 'R1'],
    WITHDRAWAL_AMOUNT_EXCEEDED: ['card_velocity_exceeded', '61'],
  })
})

test('amounts are written with the vendor’s decimals', () => {
  const rows = [
    ['EUR', 1_999n, 1_999],
    ['JPY', 1_500n, 1_500],
    ['KWD', 12_345n, 12_345],
    ['CLP', 1_500n, 150_000],
    ['ISK', 1_500n, 150_000],
    ['IDR', 150_000n, 1_500],
    ['IDR', 150_001n, null],
  ] as const
  for (const [code, amountMinor, value] of rows) {
    const sent = toAdyenAmount(amountMinor, currency(code))
    assert.equal(sent?.value ?? null, value, `${code} ${amountMinor}`)
    if (value === null) continue
    assert.deepEqual(fromAdyenAmount(value, code), { amountMinor, currency: currency(code) })
  }
})

const ITEM: NotificationItem = {
  eventCode: 'AUTHORISATION',
  success: true,
  pspReference: 'NC6HT9CRT65ZGN82',
  originalReference: 'LBTHZ3F8LGRKGK82',
  merchantReference: ids.next(),
  amount: { value: 1_999, currency: 'EUR' },
}

async function noticesOf(items: readonly NotificationItem[]): Promise<readonly GatewayNotice[]> {
  const sent = { hmacKey, merchantAccount, sentAt: '2027-01-01T00:00:00+01:00' }
  const request = { ...signAdyenWebhook(items, sent), receivedAt: clock.now() }
  const reading = await port.readWebhook(request)
  assert(reading.kind === 'notices', reading.kind)
  assert.equal(reading.answer, '[accepted]')
  return reading.notices
}

test('what becomes of captures and refunds is told of the payment', async () => {
  const rows = [
    ['AUTHORISATION', true, 'charge', 'succeeded'],
    ['AUTHORISATION', false, 'charge', 'declined'],
    ['CAPTURE', true, 'charge', 'succeeded'],
    ['CAPTURE', false, 'charge', 'declined'],
    ['REFUND', true, 'refund', 'succeeded'],
    ['REFUND', false, 'refund', 'failed'],
    ['REFUND_FAILED', true, 'refund', 'failed'],
    ['REFUNDED_REVERSED', true, 'refund', 'failed'],
  ] as const
  for (const [eventCode, success, kind, outcome] of rows) {
    const [notice] = await noticesOf([{ ...ITEM, eventCode, success }])
    assert(notice?.kind === 'charge' || notice?.kind === 'refund', eventCode)
    assert.deepEqual([notice.kind, notice.outcome.kind], [kind, outcome], `${eventCode} ${success}`)
    const paymentReference =
      notice.kind === 'charge' ? notice.gatewayReference : notice.chargeReference
    const isAuthorisation = eventCode === 'AUTHORISATION'
    assert.equal(notice.idempotencyKey, isAuthorisation ? ITEM.merchantReference : null)
    assert.equal(paymentReference, isAuthorisation ? ITEM.pspReference : ITEM.originalReference)
  }
})

test('a capture that fails after it was told to have gone well takes the payment back', async () => {
  const [notice] = await noticesOf([{ ...ITEM, eventCode: 'CAPTURE_FAILED', success: true }])
  assert(notice?.kind === 'return', notice?.kind)
  assert.equal(notice.gatewayReference, ITEM.originalReference)
})

test('a dispute goes its way under one name', async () => {
  const rows = [
    ['REQUEST_FOR_INFORMATION', 'warning_needs_response'],
    ['NOTIFICATION_OF_CHARGEBACK', 'needs_response'],
    ['CHARGEBACK', 'needs_response'],
    ['INFORMATION_SUPPLIED', 'under_review'],
    ['CHARGEBACK_REVERSED', 'won'],
    ['SECOND_CHARGEBACK', 'lost'],
    ['DISPUTE_DEFENSE_PERIOD_ENDED', 'lost'],
  ] as const
  const additionalData = { chargebackReasonCode: '13.2' }
  const items = rows.map(([eventCode]) => ({ ...ITEM, eventCode, additionalData }))
  const notices = await noticesOf(items)
  const told = notices.map((notice) =>
    notice.kind === 'dispute'
      ? [notice.dispute.disputeReference, notice.dispute.status, notice.dispute.reason]
      : [],
  )
  const expected = rows.map(([, status]) => [ITEM.pspReference, status, 'subscription_canceled'])
  assert.deepEqual(told, expected)
})

test('a report of fraud is an early warning, numbered otherwise than chargebacks are', async () => {
  // 13.2 of a chargeback would be a canceled subscription.
  const additionalData = { nofReasonCode: '13.2', nofSchemeCode: 'visa' }
  const item = { ...ITEM, eventCode: 'NOTIFICATION_OF_FRAUD', additionalData, reason: 'Fraud' }
  const [notice] = await noticesOf([item])
  assert(notice?.kind === 'dispute', notice?.kind)
  const { status, reason, networkReasonCode, chargeReference, evidenceDueAt } = notice.dispute
  assert.deepEqual(
    [status, reason, networkReasonCode, chargeReference, evidenceDueAt],
    ['warning_needs_response', 'fraudulent', '13.2', ITEM.originalReference, null],
  )
})

test('what becomes of a token is told with the card that is stored now', async () => {
  const card = double.addCard({ expiryMonth: '05', expiryYear: '2026' })
  const token = `${merchantAccount}|${card.id}|${card.shopperReference}`
  const read = async (
    type: Parameters<typeof signTokenWebhook>[0]['type'],
    wish: { readonly key?: string; readonly account?: string } = {},
  ) => {
    const { key = tokenHmacKey, account = merchantAccount } = wish
    const event = { type, card, merchantAccount: account, createdAt: '2027-01-01T00:00:00+01:00' }
    const signed = signTokenWebhook(event, { hmacKey: key })
    const reading = await port.readWebhook({ ...signed, receivedAt: clock.now() })
    if (reading.kind === 'refused') return reading.reason
    const [notice] = reading.notices
    return notice?.kind === 'method' ? notice.method : notice?.kind
  }
  double.renewCard(card.id, { number: '5555444433331111', expiryMonth: '08', expiryYear: '31' })
  const found = { last4: '1111', expMonth: 8, expYear: 2031 }
  const updated = { token, change: 'updated', newToken: null, ...found }
  assert.deepEqual(await read('recurring.token.updated'), updated)
  assert.equal(await read('recurring.token.created'), 'other')
  assert.equal(await read('recurring.token.alreadyExisting'), 'other')
  assert.equal(await read('recurring.token.updated', { account: 'SomebodyElse' }), 'other')
  assert.equal(await read('recurring.token.updated', { key: '0'.repeat(64) }), 'signature')
  assert.deepEqual(await read('recurring.token.updated', { key: hmacKey }), updated)
  double.dropCard(card.id)
  const dropped = { token, change: 'dropped', newToken: null, last4: null, expMonth: null, expYear: null } // prettier-ignore
  assert.deepEqual(await read('recurring.token.disabled'), dropped)
  // The other way round, what is told is the same.
  assert.deepEqual(await read('recurring.token.updated'), dropped)
})

test('one item without a good signature spoils the whole message', async () => {
  const sent = { hmacKey, merchantAccount, sentAt: '2027-01-01T00:00:00+01:00' }
  const message = JSON.parse(new TextDecoder().decode(signAdyenWebhook([ITEM, ITEM], sent).body))
  message.notificationItems[1].NotificationRequestItem.amount.value = 199_900
  const body = new TextEncoder().encode(JSON.stringify(message))
  const reading = await port.readWebhook({ headers: {}, body, receivedAt: clock.now() })
  assert.deepEqual(reading, { kind: 'refused', reason: 'signature' })
})

test('a dispute is defended with documents, never with words alone', async () => {
  const paid = await port.charge(chargeOf())
  assert(paid.kind === 'succeeded', paid.kind)
  const dispute = double.openDispute(paid.gatewayReference)
  const about = {
    accountId: ids.next(),
    idempotencyKey: ids.next(),
    disputeReference: dispute.pspReference,
    chargeReference: paid.gatewayReference,
    at: clock.now(),
    text: '',
    facts: {},
  }
  const submit = port.submitEvidence ?? assert.fail('it takes evidence')
  assert.equal(port.evidenceLimits?.textMax, 0)
  const body = new TextEncoder().encode('a receipt')
  const files = [{ name: 'r.pdf', contentType: 'application/pdf', body }] as const
  assert.deepEqual(await submit({ ...about, files }), { kind: 'accepted', status: 'under_review' })
  assert.deepEqual([dispute.status, dispute.documents], ['defended', ['a receipt']])
  const again = await submit({ ...about, files })
  assert.equal(again.kind, 'refused')
})

test('a live account needs its prefix, which can be no other host', async () => {
  const credentials = { api_key: apiKey, merchant_account: merchantAccount }
  const settings = { environment: 'live', baseUrl: null, timeoutMs: 100, connections: 1 } as const
  for (const live_prefix of ['', 'internal.example/path?', 'a.b']) {
    const live = await adyenVendor.connect({
      ...settings,
      credentials: { ...credentials, live_prefix },
    })
    assert.equal((await live.checkCredentials()).kind, 'refused', live_prefix)
    await live.close()
  }
})

test('a token names account, card and shopper', () => {
  assert.deepEqual(parseAdyenToken('AcmeECOM|8415698462516992|shopper-1'), {
    merchantAccount: 'AcmeECOM',
    storedPaymentMethodId: '8415698462516992',
    shopperReference: 'shopper-1',
  })
  const strangers = [
    '8415698462516992',
    'AcmeECOM|8415698462516992',
    'A|8415698462516992|s|t',
    'pm_1',
  ]
  for (const token of strangers) assert.equal(adyenVendor.isToken(token), false, token)
})
