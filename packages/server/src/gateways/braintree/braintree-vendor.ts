import type { GatewayVendor } from '@perennial/core/payments'
import { BRAINTREE_ABILITIES } from './abilities.ts'
import { parseBraintreeToken } from './token.ts'

export const braintreeVendor: GatewayVendor = {
  kind: 'braintree',
  name: 'Braintree',
  fields: [
    {
      id: 'merchant_id',
      label: 'Merchant ID',
      isSecret: false,
      isRequired: true,
      hint: 'Control Panel, Settings, API: the merchant ID, not a merchant account ID.',
    },
    {
      id: 'public_key',
      label: 'Public key',
      isSecret: false,
      isRequired: true,
      hint: 'Control Panel, Settings, API, API keys.',
    },
    {
      id: 'private_key',
      label: 'Private key',
      isSecret: true,
      isRequired: true,
      hint: 'Control Panel, Settings, API, API keys, View. Webhooks are signed with it too.',
    },
    {
      id: 'merchant_accounts',
      label: 'Merchant accounts',
      isSecret: false,
      isRequired: false,
      hint: 'Which merchant account takes which currency, as USD=shop_usd, EUR=shop_eur. Empty: the default one of each currency.',
    },
  ],
  abilities: BRAINTREE_ABILITIES,
  settlement: { takes: 'fees_and_payouts' },
  tokenForm: 'a payment method token and its customer, with a bar between: <token>|<customerId>',
  isToken: (token) => parseBraintreeToken(token) !== null,
  connect: async (settings) =>
    (await import('./braintree-gateway.ts')).createBraintreeGateway(settings),
}
