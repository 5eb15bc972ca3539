import type { GatewayAbilities, GatewayVendor } from '@perennial/core/payments'

export const BRAINTREE_ABILITIES: GatewayAbilities = {
  methodTypes: ['card', 'us_bank_account'],
  authorize: true,
  partialCapture: true,
  void: true,
  refund: 'partial',
  lookUp: true,
  tokenize: true,
  // 3-D Secure happens in the vendor's own script in the browser, which gives a nonce; there is nowhere to redirect to.
  challenge: false,
  webhooks: true,
  movements: true,
  disputes: true,
}

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
  tokenForm: 'a payment method token and its customer, with a bar between: <token>|<customerId>',
  isToken: (token) => parseBraintreeToken(token) !== null,
  connect: async (settings) =>
    (await import('./braintree-gateway.ts')).createBraintreeGateway(settings),
}

export type BraintreeToken = { readonly paymentMethodToken: string; readonly customerId: string }

/** Null for what has not the form. */
export function parseBraintreeToken(token: string): BraintreeToken | null {
  const match = /^([\w-]{1,36})\|([\w-]{1,36})$/.exec(token)
  const [, paymentMethodToken, customerId] = match ?? []
  if (paymentMethodToken === undefined || customerId === undefined) return null
  return { paymentMethodToken, customerId }
}
