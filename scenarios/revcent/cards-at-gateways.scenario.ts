import assert from 'node:assert/strict'
import { CHECKOUT_KEYS, startCheckoutDouble } from '@perennial/testkit/gateway-doubles/checkout'
import {
  GOCARDLESS_KEYS,
  startGoCardlessDouble,
} from '@perennial/testkit/gateway-doubles/gocardless'
import { NO, story, type Shop } from './shop.ts'

async function connect(shop: Shop, kind: string, wish: object): Promise<void> {
  await shop.world.api.post('/gateways', { kind, name: kind, ...wish })
}

/** A gateway that takes cards and cannot be reached any more. */
async function connectOneThatIsDown(shop: Shop): Promise<void> {
  const double = await startCheckoutDouble()
  const { secretKey, publicKey, processingChannelId, signatureKey } = CHECKOUT_KEYS
  const credentials = {
    secret_key: secretKey,
    public_key: publicKey,
    processing_channel_id: processingChannelId,
    signature_key: signatureKey,
  }
  await connect(shop, 'checkout', { base_url: double.url, credentials })
  await double.close()
}

story('a gateway of bank debits stands in the way of no card', async (shop) => {
  const double = await startGoCardlessDouble()
  try {
    const { accessToken: access_token, webhookSecret: webhook_secret } = GOCARDLESS_KEYS
    await connect(shop, 'gocardless', { base_url: double.url, credentials: { access_token, webhook_secret } }) // prettier-ignore
    const { sale, customer } = await shop.sell('2031-01-15')
    assert.equal(sale.at('amount_paid'), 50)
    await shop.addCard(customer, NO, false)
  } finally {
    await double.close()
  }
})

story('a gateway that cannot be reached stops no sale that others can charge', async (shop) => {
  await connectOneThatIsDown(shop)
  const { sale, customer } = await shop.sell('2031-01-15')
  assert.equal(sale.at('amount_paid'), 50)

  for (const gateway of shop.gateways) await shop.post(`/user_gateways/${gateway}`, { enabled: false }) // prettier-ignore
  const credit_card = { card_number: NO, exp_month: 12, exp_year: 36 }
  const told = await shop.refuses(503, 'POST', `/customers/${customer}/add_card`, { credit_card })
  assert.equal(told, 'A gateway cannot be reached. Nothing was changed; try again.')
})
