import assert from 'node:assert/strict'
import { createApiClient, findText } from '@perennial/testkit/scenario'
import { createServiceApi } from '../../packages/server/src/api.ts'
import { createLogger } from '../../packages/server/src/platform/log/index.ts'
import { toAnswer, type Answer } from '@perennial/testkit'
import { ALSO_GOOD, BODY, GOOD, method, simple, SOFT, story } from './merchant.ts'

const ACCOUNT = '000987650321789'
/** A network's own number for a card, of a wallet and of a merchant. */
const DEVICE_NUMBER = '4895370012003478'
const NETWORK_TOKEN = '5204245250460049'

/** What else takes a number, and what it answers. */
async function sendNumbers(
  send: (verb: string, path: string, body: object) => Promise<Answer>,
): Promise<void> {
  const { creditCard: _, ...person } = method(GOOD) as { creditCard: unknown }
  const debited = { ...person, ach: { routingNumber: '110000000', accountNumber: ACCOUNT, accountType: 'Checking' } } // prettier-ignore
  const invoice = { amount: { value: 19.9 } }
  const must = async (status: number, verb: string, path: string, body: object) => {
    const answer = await send(verb, path, body)
    assert.equal(answer.status, status, `${verb} ${path}: ${JSON.stringify(answer.body)}`)
    return answer
  }
  const wallet = {
    applicationPrimaryAccountNumber: DEVICE_NUMBER,
    applicationExpirationDate: '1230',
    electronicCommerceIndicator: '05',
    onlinePaymentCryptogram: 'AAECAwQFBgcICQoLDA0ODw==',
    cardBrand: 'Visa',
  }
  const creditCard = {
    networkToken: NETWORK_TOKEN,
    paymentAccountNumber: SOFT,
    expirationDate: '1230',
  }
  const ways = [
    method(GOOD),
    debited,
    { ...person, googlePay: wallet },
    { ...person, applePay: wallet },
    { ...person, creditCard },
    { ...person, creditCard: { ...creditCard, networkToken: '5204 2452-5046 0049' } },
  ]
  for (const paymentMethod of ways) {
    await must(200, 'POST', '/api/PaymentMethod', paymentMethod)
    const sold = await must(200, 'POST', '/api/Payments/sale', { invoice, paymentMethod })
    const installments = `/api/Customers/${String(sold.at('customerId'))}/installments`
    await must(201, 'POST', installments, {
      billingFrequencyType: 'Monthly',
      installmentItems: [{ name: 'Bike', value: 1000 }],
      installmentType: 'Amount',
      installmentValue: 500,
      paymentMethod,
    })
    const made = await must(201, 'POST', '/api/Subscriptions', simple())
    const path = `/api/Subscriptions/${String(made.at('subscriptionId'))}/payment-method`
    await must(200, 'PUT', path, { paymentMethod })
    const subscriptions = [simple({ paymentMethods: [paymentMethod] })]
    await must(201, 'POST', '/api/Customers', {
      firstName: 'Ada',
      lastName: 'Byron',
      subscriptions,
    })
    const { amount } = invoice
    await must(200, 'POST', '/api/Payments/authorization', { amount, paymentMethod })
  }
}

story(
  'card and account numbers are nowhere in the database, the outbox or the log',
  async (one) => {
    const { billing } = one.world.house.service
    let logged = ''
    const log = createLogger({
      level: 'trace',
      pretty: false,
      destination: { write: (line: string) => void (logged += line) },
    })
    const api = await createServiceApi(
      { publicUrl: 'http://localhost', rateLimit: null },
      { ...billing, log },
    )
    const url = await api.listen({ port: 0, host: '127.0.0.1' })
    let keys = 0
    const send = (verb: string, path: string, body: object) =>
      fetch(`${url}${path}`, {
        method: verb,
        headers: {
          'content-type': 'application/json',
          'x-revolv3-token': one.token,
          'idempotency-key': `k-${(keys += 1)}`,
        },
        body: JSON.stringify(body),
      })
    const post = (path: string, body: object) => send('POST', path, body)
    let told = ''
    try {
      await sendNumbers(async (verb, path, body) => {
        const answer = await send(verb, path, body)
        const text = await answer.text()
        told += text
        return toAnswer(answer.status, {}, JSON.parse(text))
      })
      assert.equal((await post('/api/Subscriptions', BODY)).status, 201)
      const broken = { creditCard: { paymentAccountNumber: SOFT } }
      assert.equal(
        (await post('/api/Subscriptions', simple({ paymentMethods: [broken] }))).status,
        400,
      )
      assert.equal(
        (await post('/api/Subscriptions/pan-lookup', { paymentAccountNumber: GOOD })).status,
        200,
      )
    } finally {
      await api.close()
    }
    const numbers = [GOOD, ALSO_GOOD, SOFT, ACCOUNT, DEVICE_NUMBER, NETWORK_TOKEN]
    assert.match(logged, /installments[^]*payment-method[^]*authorization[^]*pan-lookup/)
    assert.deepEqual(numbers.filter((number) => `${logged}${told}`.includes(number)), []) // prettier-ignore
    assert.deepEqual(await findText(one.world.house.database, numbers), [])
  },
)

story('what stands in for a card is its number in a sandbox, and refused live', async (one) => {
  const token = { networkToken: NETWORK_TOKEN, expirationDate: '1230' }
  // The token is charged, and not the number beside it, which would be declined.
  for (const creditCard of [token, { ...token, paymentAccountNumber: SOFT }]) {
    const made = await one.createSubscription({ paymentMethods: [method(GOOD, { creditCard })] })
    assert.equal(made.at('subscriptionStatusType'), 'Current')
    const vaulted = await one.get(`/api/PaymentMethod/${String(made.at('paymentMethodIds.0'))}`)
    assert.deepEqual(vaulted.at('paymentMethodCreditCardDetails.paymentLast4Digit'), '0049')
  }
  const refused = async (creditCard: object) => {
    const answer = await one.must(400, 'POST', '/api/PaymentMethod', method(GOOD, { creditCard }))
    return answer.text('errors.0')
  }
  assert.match(await refused({ networkToken: NETWORK_TOKEN }), /expirationDate is required/)
  const both = { networkToken: 'tok_visa', paymentAccountNumber: GOOD, expirationDate: '1230' }
  assert.match(await refused(both), /networkToken is .* excludes paymentAccountNumber/)

  const { house, liveKey } = one.world
  const own = createApiClient({ url: house.service.url, apiKey: liveKey })
  const scopes = ['subscriptions:*', 'customers:*', 'payments:*', 'invoices:*']
  const live = (await own.post('/api-keys', { name: 'Live', scopes })).text('data.secret')
  const inLive = await one.call('POST', '/api/PaymentMethod', method(GOOD, { creditCard: token }), {
    'x-revolv3-token': live,
  })
  assert.equal(inLive.status, 422)
  assert.match(inLive.text('message'), /Network tokens cannot be charged here/)
})
