import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { after, before, test } from 'node:test'
import sdk from 'authorizenet'
import { fieldOf } from '../read-request.ts'
import { AUTHNET_KEYS, type AuthnetDouble, startAuthnetDouble } from './authnet-double.ts'
import { signAuthnetWebhook } from './authnet-webhook.ts'

// Authorize.net's own client drives the double, unchanged: it builds the requests, and its contracts read the answers.

const stage: { double?: AuthnetDouble } = {}
before(async () => {
  stage.double = await startAuthnetDouble()
})
after(() => stage.double?.close())

function theDouble(): AuthnetDouble {
  assert(stage.double !== undefined, 'the double listens')
  return stage.double
}

type Fields = Readonly<Record<string, unknown>>
type Read = (...path: string[]) => unknown

/** Sends a request by its name; the answer is read by the client's contract of the same name. */
async function ask(
  name: string,
  fields: Fields,
  transactionKey: string = AUTHNET_KEYS.transactionKey,
): Promise<Read> {
  const Request = sdk.APIContracts[`${name}Request`] ?? assert.fail(name)
  const answer = `${name.replace(/ForCustomer$/, '')}Response`
  const Response = sdk.APIContracts[answer] ?? assert.fail(answer)
  const Controller = sdk.APIControllers[`${name}Controller`] ?? assert.fail(name)
  const merchantAuthentication = { name: AUTHNET_KEYS.apiLoginId, transactionKey }
  const controller = new Controller(new Request({ merchantAuthentication, ...fields }).getJSON())
  controller.setEnvironment(`${theDouble().url}/xml/v1/request.api`)
  await new Promise<void>((resolve) => {
    controller.execute(resolve)
  })
  const response = new Response(controller.getResponse())
  return (...path) => fieldOf(response, ...path)
}

function charge(wish: Fields = {}, number = '4111111111111111'): Promise<Read> {
  const { customerProfileId, paymentProfileId } = theDouble().addProfile({ number })
  const profile = { customerProfileId, paymentProfile: { paymentProfileId } }
  const transactionType = 'authCaptureTransaction'
  const transactionRequest = { transactionType, amount: '10.00', profile, ...wish }
  return ask('CreateTransaction', { transactionRequest })
}

function follow(transactionType: string, refTransId: unknown, wish: Fields = {}): Promise<Read> {
  const transactionRequest = { transactionType, refTransId, ...wish }
  return ask('CreateTransaction', { transactionRequest })
}

const errorOf = (read: Read) => read('transactionResponse', 'errors', 'error', '0', 'errorCode')
const noteOf = (read: Read) => read('transactionResponse', 'messages', 'message', '0', 'code')
const idOf = (read: Read) => read('transactionResponse', 'transId')

test('a charge of a profile is approved, and shown by its id', async () => {
  const charged = await charge({ order: { invoiceNumber: 'inv-1', description: 'July' } })
  assert.equal(charged('messages', 'resultCode'), 'Ok')
  assert.equal(charged('transactionResponse', 'responseCode'), '1')
  assert.equal(charged('transactionResponse', 'accountNumber'), 'XXXX1111')
  assert.match(String(charged('transactionResponse', 'networkTransId')), /^[A-Z0-9]{15}$/)
  const shown = await ask('GetTransactionDetails', { transId: idOf(charged) })
  assert.equal(shown('transaction', 'transactionStatus'), 'capturedPendingSettlement')
  assert.equal(shown('transaction', 'order', 'invoiceNumber'), 'inv-1')
  assert.equal(shown('transaction', 'order', 'description'), 'July')
  assert.equal(shown('transaction', 'settleAmount'), 10)
})

test('a billing address of 46282 is declined with code 2', async () => {
  const { customerProfileId, paymentProfileId } = theDouble().addProfile({
    number: '4111111111111111',
    zip: '46282',
  })
  const profile = { customerProfileId, paymentProfile: { paymentProfileId } }
  const declined = await charge({ profile })
  assert.equal(declined('transactionResponse', 'responseCode'), '2')
  assert.equal(errorOf(declined), '2')
  assert.equal(declined('messages', 'message', '0', 'code'), 'E00027')
})

test('the same charge within its window is a duplicate, another invoice is not', async () => {
  const { customerProfileId, paymentProfileId } = theDouble().addProfile({
    number: '4111111111111111',
  })
  const profile = { customerProfileId, paymentProfile: { paymentProfileId } }
  const setting = [{ settingName: 'duplicateWindow', settingValue: '28800' }]
  const wish = (invoiceNumber: string) => ({
    profile,
    order: { invoiceNumber },
    transactionSettings: setting,
  })
  assert.equal((await charge(wish('a')))('messages', 'resultCode'), 'Ok')
  assert.equal(errorOf(await charge(wish('a'))), '11')
  assert.equal((await charge(wish('b')))('messages', 'resultCode'), 'Ok')
})

test('a hold is captured once, and never above itself', async () => {
  const held = await charge({ transactionType: 'authOnlyTransaction' })
  const id = idOf(held)
  const capture = 'priorAuthCaptureTransaction'
  assert.equal(errorOf(await follow(capture, id, { amount: '10.01' })), '47')
  assert.equal(noteOf(await follow(capture, id, { amount: '7.00' })), '1')
  assert.equal(noteOf(await follow(capture, id, { amount: '7.00' })), '311')
})

test('what has not settled is voided, as often as it is asked; what has settled is not found', async () => {
  const id = idOf(await charge())
  assert.equal(noteOf(await follow('voidTransaction', id)), '1')
  assert.equal(noteOf(await follow('voidTransaction', id)), '310')
  const settled = idOf(await charge())
  theDouble().settle()
  assert.equal(errorOf(await follow('voidTransaction', settled)), '16')
})

test('a settled charge is given back in parts up to its amount', async () => {
  const id = idOf(await charge())
  const refund = (amount: string, invoiceNumber: string) =>
    follow('refundTransaction', id, {
      amount,
      payment: { creditCard: { cardNumber: '1111', expirationDate: 'XXXX' } },
      order: { invoiceNumber },
    })
  assert.equal(errorOf(await refund('4.00', 'r0')), '54')
  theDouble().settle()
  assert.equal(noteOf(await refund('4.00', 'r1')), '1')
  assert.equal(errorOf(await refund('4.00', 'r1')), '11')
  assert.equal(errorOf(await refund('6.01', 'r2')), '55')
  assert.equal(noteOf(await refund('6.00', 'r3')), '1')
})

test('what is unsettled and what has settled is listed, by pages and batches', async () => {
  theDouble().settle()
  const id = idOf(await charge({ order: { invoiceNumber: 'listed' } }))
  const sorting = { orderBy: 'submitTimeUTC', orderDescending: true }
  const unsettled = await ask('GetUnsettledTransactionList', {
    sorting,
    paging: { limit: 1, offset: 1 },
  })
  assert.equal(unsettled('transactions', 'transaction', '0', 'transId'), id)
  assert.equal(unsettled('transactions', 'transaction', '0', 'invoiceNumber'), 'listed')
  theDouble().settle()
  const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString()
  const batches = await ask('GetSettledBatchList', {
    firstSettlementDate: day(-1),
    lastSettlementDate: day(1),
  })
  const list = batches('batchList', 'batch')
  assert(Array.isArray(list), 'there are batches')
  const batchId = fieldOf(list.at(-1), 'batchId')
  const settled = await ask('GetTransactionList', { batchId, paging: { limit: 10, offset: 1 } })
  assert.equal(settled('transactions', 'transaction', '0', 'transId'), id)
  assert.equal(
    settled('transactions', 'transaction', '0', 'transactionStatus'),
    'settledSuccessfully',
  )
})

test('the charges of one customer are listed', async () => {
  const charged = await charge()
  const { customerProfileId } = theDouble().transactions().at(-1)?.profile ?? assert.fail('charged')
  const list = await ask('GetTransactionListForCustomer', { customerProfileId })
  assert.equal(list('transactions', 'transaction', '0', 'transId'), idOf(charged))
})

test('a customer is made with a card, which is shown masked', async () => {
  const creditCard = { cardNumber: '5424000000000015', expirationDate: '2031-08', cardCode: '123' }
  const made = await ask('CreateCustomerProfile', {
    profile: { merchantCustomerId: 'c1', paymentProfiles: [{ payment: { creditCard } }] },
    validationMode: 'none',
  })
  const customerProfileId = made('customerProfileId')
  const customerPaymentProfileId = made('customerPaymentProfileIdList', 'numericString', '0')
  const shown = await ask('GetCustomerPaymentProfile', {
    customerProfileId,
    customerPaymentProfileId,
    unmaskExpirationDate: true,
  })
  const card = ['paymentProfile', 'payment', 'creditCard'] as const
  assert.equal(shown(...card, 'cardNumber'), 'XXXX0015')
  assert.equal(shown(...card, 'cardType'), 'MasterCard')
  assert.equal(shown(...card, 'expirationDate'), '2031-08')
  const profile = theDouble().addProfile({ number: '4111111111111111', expirationDate: '2027-05' })
  theDouble().renewCard(profile, { number: '4007000000027', expirationDate: '2032-05' })
  const renewed = await ask('GetCustomerPaymentProfile', {
    customerProfileId: profile.customerProfileId,
    customerPaymentProfileId: profile.paymentProfileId,
    unmaskExpirationDate: true,
  })
  assert.equal(renewed(...card, 'cardNumber'), 'XXXX0027')
  assert.equal(renewed(...card, 'expirationDate'), '2032-05')
  const none = await ask('GetCustomerPaymentProfile', {
    customerProfileId,
    customerPaymentProfileId: '1',
  })
  assert.equal(none('messages', 'message', '0', 'code'), 'E00040')
})

test('the merchant is named to whoever has its key, and to nobody else', async () => {
  assert.equal((await ask('GetMerchantDetails', {}))('merchantName'), 'Perennial Double')
  const refused = await ask('GetMerchantDetails', {}, 'anotherkey')
  assert.equal(refused('messages', 'message', '0', 'code'), 'E00007')
})

test('a notification is signed as documented: HMAC-SHA512 of the body, in capitals', () => {
  const notice = { notificationId: 'n', eventType: 'e', at: new Date(0), payload: { id: '1' } }
  const { headers, body } = signAuthnetWebhook(notice, AUTHNET_KEYS.signatureKey)
  const expected = createHmac('sha512', AUTHNET_KEYS.signatureKey).update(body).digest('hex')
  assert.equal(headers['x-anet-signature'], `sha512=${expected.toUpperCase()}`)
})
