import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, before, describe, test } from 'node:test'
import {
  CheckoutAPI,
  Client,
  Config,
  DisputesAPI,
  EnvironmentEnum,
  hmacValidator,
  Types,
} from '@adyen/api-library'
import { ADYEN_KEYS, startAdyenDouble, type AdyenDouble } from './adyen-double.ts'
import {
  authorisationItem,
  modificationItem,
  signAdyenWebhook,
  signTokenWebhook,
} from './adyen-webhook.ts'
import { listRefusals } from './test-holders.ts'

const { apiKey, merchantAccount, hmacKey } = ADYEN_KEYS

type Transport = NonNullable<ConstructorParameters<typeof Client>[1]>

/** The SDK's own place for another transport: its addresses are fixed, so their hosts are turned to the double. */
function transportTo(url: string): Transport {
  return {
    request: (...call) =>
      new Promise((resolve, reject) => {
        const [endpoint, json, config, , options = {}] = call
        const query = new URLSearchParams(options.params).toString()
        const { pathname } = new URL(endpoint)
        const { idempotencyKey } = options
        const outgoing = request(`${url}${pathname}${query === '' ? '' : `?${query}`}`, {
          method: options.method ?? 'POST',
          headers: {
            'content-type': 'application/json',
            'x-api-key': config.apiKey ?? '',
            ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
          },
        })
        outgoing.on('error', reject).on('response', (response) => {
          const chunks: string[] = []
          response.setEncoding('utf8')
          response.on('data', (chunk: string) => chunks.push(chunk))
          response.on('end', () => {
            const text = chunks.join('')
            if ((response.statusCode ?? 500) < 300) resolve(text)
            else reject(new Error(text))
          })
        })
        outgoing.end(json)
      }),
  }
}

// The vendor's own SDK builds and reads every message that the adapter exchanges: what it understands is the protocol.
describe('the double of Adyen speaks to the official SDK', () => {
  const held: { double: AdyenDouble | null } = { double: null }
  before(async () => {
    held.double = await startAdyenDouble()
  })
  after(() => held.double?.close())
  const theDouble = (): AdyenDouble => {
    assert(held.double !== null, 'the double is started')
    return held.double
  }
  const clientOf = (key: string = apiKey) => {
    const config = new Config({ apiKey: key, environment: EnvironmentEnum.TEST })
    return new Client(config, transportTo(theDouble().url))
  }
  const checkout = () => new CheckoutAPI(clientOf())
  type PaymentRequest = Parameters<ReturnType<typeof checkout>['PaymentsApi']['payments']>[0]

  const charge = (
    wish: {
      readonly holderName?: string
      readonly key?: string
      readonly hold?: boolean
      /** Of a card whose shopper is there. */
      readonly number?: string
    } = {},
  ) => {
    const { holderName = 'Ada', key = crypto.randomUUID(), hold = false, number } = wish
    const own = number === undefined ? {} : { number }
    const { id, shopperReference } = theDouble().addCard({ holderName, ...own })
    const paymentMethod = { type: 'scheme', storedPaymentMethodId: id }
    const body = {
      merchantAccount,
      amount: { value: 1_999, currency: 'EUR' },
      reference: key,
      returnUrl: 'https://shop.example/return',
      shopperReference,
      shopperInteraction: 'ContAuth',
      recurringProcessingModel: number === undefined ? 'Subscription' : 'CardOnFile',
      paymentMethod,
      additionalData: { manualCapture: String(hold), networkTxReference: '1234567890' },
    } as PaymentRequest
    return checkout().PaymentsApi.payments(body, { idempotencyKey: key })
  }

  test('a stored card pays, under one key once, and brings the network’s reference', async () => {
    const paid = await charge({ key: 'key-1' })
    const again = await charge({ key: 'key-1' })
    assert.equal(String(paid.resultCode), 'Authorised')
    assert.equal(again.pspReference, paid.pspReference)
    const [seen] = theDouble().payments()
    assert.equal(paid.additionalData?.['networkTxReference'], seen?.networkTxReference)
    assert.equal(seen?.sentNetworkTxReference, '1234567890')
  })

  test('every documented holder name is refused with its reason', async () => {
    for (const [holderName, { code, resultCode, raw }] of listRefusals()) {
      const payment = await charge({ holderName })
      assert.deepEqual(
        [
          payment.refusalReasonCode,
          String(payment.resultCode),
          payment.additionalData?.['refusalReasonRaw'],
        ],
        [code, resultCode, raw],
      )
    }
  })

  test('a shopper is sent to the issuer, and what they bring back makes the payment, once', async () => {
    const { PaymentsApi } = checkout()
    for (const [number, method] of [
      ['4917610000000000', 'GET'],
      ['4212345678901237', 'POST'],
    ] as const) {
      const before = theDouble().payments().length
      const waiting = await charge({ number })
      assert.deepEqual([String(waiting.resultCode), waiting.pspReference], ['RedirectShopper', undefined]) // prettier-ignore
      const { action } = waiting
      assert(action !== null && action !== undefined && 'url' in action && 'method' in action)
      assert.equal(action.method, method)
      const fields = 'data' in action ? Object(action.data) : {}
      const answered = new URLSearchParams({ ...fields, answer: 'passed' })
      const issuer = String(action.url)
      const sent =
        method === 'GET'
          ? await fetch(`${issuer}&answer=passed`, { redirect: 'manual' })
          : await fetch(issuer, { method, body: answered, redirect: 'manual' })
      const back = new URL(sent.headers.get('location') ?? '')
      assert.equal(back.origin, 'https://shop.example')
      assert.equal(theDouble().payments().length, before, 'nothing is paid yet')
      const redirectResult = back.searchParams.get('redirectResult') ?? ''
      const details = { details: { redirectResult } }
      const paid = await PaymentsApi.paymentsDetails(details)
      const again = await PaymentsApi.paymentsDetails(details)
      assert.deepEqual([String(paid.resultCode), paid.merchantReference], ['Authorised', waiting.merchantReference]) // prettier-ignore
      assert.equal(again.pspReference, paid.pspReference)
      assert.equal(theDouble().payments().length, before + 1)
    }
    const made = PaymentsApi.paymentsDetails({ details: { redirectResult: 'made up' } })
    await assert.rejects(made, /Return URL result is invalid/)
  })

  test('captures, refunds and reversals are received, and what became of them is told later', async () => {
    const { ModificationsApi } = checkout()
    const { pspReference = '' } = await charge({ hold: true })
    const money = (value: number) => ({ merchantAccount, amount: { value, currency: 'EUR' } })
    const captured = await ModificationsApi.captureAuthorisedPayment(pspReference, {
      ...money(1_500),
      reference: 'c-1',
    })
    const refunded = await ModificationsApi.refundCapturedPayment(pspReference, {
      ...money(400),
      reference: 'r-1',
    })
    await ModificationsApi.refundCapturedPayment(pspReference, {
      ...money(1_101),
      reference: 'r-2',
    })
    await ModificationsApi.refundOrCancelPayment(pspReference, {
      merchantAccount,
      reference: 'v-1',
    })
    assert.deepEqual([String(captured.status), String(refunded.status)], ['received', 'received'])
    assert.equal(captured.paymentPspReference, pspReference)
    const told = theDouble()
      .modifications()
      .filter(({ originalReference }) => originalReference === pspReference)
    assert.deepEqual(
      told.map(({ eventCode, success, merchantReference }) => [
        eventCode,
        success,
        merchantReference,
      ]),
      [
        ['CAPTURE', true, 'c-1'],
        ['REFUND', true, 'r-1'],
        ['REFUND', false, 'r-2'],
        ['CANCEL_OR_REFUND', true, 'v-1'],
      ],
    )
  })

  test('a card is stored and found among those of its shopper', async () => {
    const { RecurringApi } = checkout()
    const kept = await RecurringApi.storedPaymentMethods({
      merchantAccount,
      shopperReference: 'shopper-1',
      recurringProcessingModel: 'Subscription',
      paymentMethod: {
        type: 'scheme',
        number: '5555444433331111',
        expiryMonth: '3',
        expiryYear: '2030',
        holderName: 'Ada',
      },
    } as Parameters<typeof RecurringApi.storedPaymentMethods>[0])
    const { storedPaymentMethods = [] } = await RecurringApi.getTokensForStoredPaymentDetails(
      'shopper-1',
      merchantAccount,
    )
    assert.deepEqual(
      storedPaymentMethods.map(({ id, lastFour, brand }) => [id, lastFour, brand]),
      [[kept.id, '1111', 'mc']],
    )
    const again = theDouble().addCard({ shopperReference: 'shopper-2', number: '5555444433331111' })
    const listOf = async (shopper: string) =>
      (await RecurringApi.getTokensForStoredPaymentDetails(shopper, merchantAccount))
        .storedPaymentMethods ?? []
    const [same] = await listOf('shopper-2')
    assert.match(same?.alias ?? '', /^[A-Z]\d{15}$/)
    assert.equal(same?.alias, storedPaymentMethods[0]?.alias, 'one number has one alias')
    const renewed = { number: '370000000000002', expiryMonth: '06', expiryYear: '2036' }
    theDouble().renewCard(again.id, renewed)
    const [after] = await listOf('shopper-2')
    assert.deepEqual([after?.id, after?.lastFour, after?.expiryYear], [again.id, '0002', '2036'])
  })

  test('webhooks carry the signature that the SDK checks', () => {
    const [payment] = theDouble().payments()
    assert(payment !== undefined, 'something was paid')
    const items = [authorisationItem(payment), ...theDouble().modifications().map(modificationItem)]
    const sent = { hmacKey, merchantAccount, sentAt: '2027-01-01T00:00:00+01:00' }
    const { notificationItems } = JSON.parse(
      new TextDecoder().decode(signAdyenWebhook(items, sent).body),
    )
    assert.equal(notificationItems.length, items.length)
    for (const { NotificationRequestItem: item } of notificationItems) {
      assert(new hmacValidator().validateHMAC(item, hmacKey))
      assert(!new hmacValidator().validateHMAC({ ...item, success: 'maybe' }, hmacKey))
    }
  })

  test('what becomes of tokens is told as the SDK reads it, signed as a whole', () => {
    const card = theDouble().addCard()
    const event = { card, merchantAccount, createdAt: '2027-01-01T00:00:00+01:00' }
    const { tokenizationWebhooks: models } = Types
    const rows = [
      ['recurring.token.updated', 'TokenizationUpdatedDetailsNotificationRequest'],
      ['recurring.token.created', 'TokenizationCreatedDetailsNotificationRequest'],
      ['recurring.token.alreadyExisting', 'TokenizationAlreadyExistingDetailsNotificationRequest'],
      ['recurring.token.disabled', 'TokenizationDisabledDetailsNotificationRequest'],
    ] as const
    for (const [type, model] of rows) {
      const { body, headers } = signTokenWebhook({ ...event, type }, { hmacKey })
      const text = new TextDecoder().decode(body)
      const signature = headers['hmacsignature'] ?? ''
      assert(new hmacValidator().validateHMACSignature(hmacKey, signature, text), type)
      assert(!new hmacValidator().validateHMACSignature(hmacKey, signature, `${text} `), type)
      const read = models.ObjectSerializer.deserialize(JSON.parse(text), model)
      assert.deepEqual([read.type, read.environment, read.data.storedPaymentMethodId], [type, 'test', card.id]) // prettier-ignore
    }
  })

  test('a dispute is defended with a document, and another one is accepted', async () => {
    const { DisputesApi } = new DisputesAPI(clientOf())
    const { pspReference = '' } = await charge()
    const dispute = theDouble().openDispute(pspReference)
    const about = {
      disputePspReference: dispute.pspReference,
      merchantAccountCode: merchantAccount,
    }
    const { defenseReasons = [] } = await DisputesApi.retrieveApplicableDefenseReasons(about)
    const [reason] = defenseReasons
    const [type] = reason?.defenseDocumentTypes ?? []
    assert(reason !== undefined && type !== undefined, 'there is a reason that takes a document')
    const content = Buffer.from('a receipt').toString('base64')
    const { defenseDocumentTypeCode } = type
    const defenseDocuments = [{ content, contentType: 'application/pdf', defenseDocumentTypeCode }]
    await DisputesApi.supplyDefenseDocument({ ...about, defenseDocuments })
    const { defenseReasonCode } = reason
    const defended = await DisputesApi.defendDispute({ ...about, defenseReasonCode })
    assert.equal(defended.disputeServiceResult.success, true)
    assert.deepEqual([dispute.status, dispute.documents], ['defended', ['a receipt']])

    const other = theDouble().openDispute(pspReference)
    await DisputesApi.acceptDispute({ ...about, disputePspReference: other.pspReference })
    assert.equal(other.status, 'accepted')
  })

  test('another key, and another merchant account, are refused', async () => {
    const stranger = new CheckoutAPI(clientOf('another'))
    await assert.rejects(stranger.PaymentsApi.paymentMethods({ merchantAccount }), /Unauthorized/)
    await assert.rejects(
      checkout().PaymentsApi.paymentMethods({ merchantAccount: 'SomebodyElse' }),
      /Invalid Merchant Account/,
    )
  })
})
