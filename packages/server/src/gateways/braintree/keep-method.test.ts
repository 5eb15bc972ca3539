import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BRAINTREE_KEYS, startBraintreeDouble } from '@perennial/testkit/gateway-doubles/braintree'
import { openBraintreeApi } from './braintree-api.ts'
import { describeMethod } from './keep-method.ts'

test('a card tells which wallet it sits in', async () => {
  const double = await startBraintreeDouble()
  const api = openBraintreeApi({
    environment: 'test',
    baseUrl: double.url,
    timeoutMs: 5_000,
    connections: 1,
    credentials: {
      merchant_id: BRAINTREE_KEYS.merchantId,
      public_key: BRAINTREE_KEYS.publicKey,
      private_key: BRAINTREE_KEYS.privateKey,
    },
  })
  const wallets = {
    credit_card: null,
    apple_pay_card: 'apple_pay',
    android_pay_card: 'google_pay',
  } as const
  for (const kind of ['credit_card', 'apple_pay_card', 'android_pay_card'] as const) {
    const { token, customerId } = double.addMethod({ number: '4111111111111111', kind })
    const details = await describeMethod(api, `${token}|${customerId}`)
    assert.partialDeepStrictEqual(details, {
      brand: 'visa',
      last4: '1111',
      bin: '411111',
      wallet: wallets[kind],
    })
  }
  const { token, customerId } = double.addMethod({ number: '1111', kind: 'us_bank_account' })
  assert.equal((await describeMethod(api, `${token}|${customerId}`))?.wallet, undefined)
  await api.close()
  await double.close()
})
