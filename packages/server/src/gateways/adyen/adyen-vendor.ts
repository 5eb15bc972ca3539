import type { GatewayVendor } from '@perennial/core/payments'
import { ADYEN_ABILITIES } from './abilities.ts'
import { SETTLEMENT_DETAILS } from './settlement-report.ts'
import { parseAdyenToken } from './token.ts'

export const adyenVendor: GatewayVendor = {
  kind: 'adyen',
  name: 'Adyen',
  fields: [
    {
      id: 'api_key',
      label: 'API key',
      isSecret: true,
      isRequired: true,
      hint: 'Customer Area, Developers, API credentials: the key of a ws_… user with the roles Checkout webservice and Disputes.',
    },
    {
      id: 'merchant_account',
      label: 'Merchant account',
      isSecret: false,
      isRequired: true,
      hint: 'Customer Area, Settings, Merchant accounts: its code, such as AcmeECOM.',
    },
    {
      id: 'live_prefix',
      label: 'Live URL prefix',
      isSecret: false,
      isRequired: false,
      hint: 'For live only: Customer Area, Developers, API URLs: the part before -checkout-live.',
    },
    {
      id: 'hmac_key',
      label: 'Webhook HMAC key',
      isSecret: true,
      isRequired: false,
      hint: 'Customer Area, Developers, Webhooks, your standard webhook, HMAC key: 64 digits in hex.',
    },
    {
      id: 'token_hmac_key',
      label: 'HMAC key of the tokens webhook',
      isSecret: true,
      isRequired: false,
      hint: 'Of the webhook Recurring tokens life cycle events, where it has another key than the standard one.',
    },
  ],
  abilities: ADYEN_ABILITIES,
  settlement: { takes: 'everything', report: SETTLEMENT_DETAILS },
  tokenForm: '<merchantAccount>|<storedPaymentMethodId>|<shopperReference>',
  isToken: (token) => parseAdyenToken(token) !== null,
  connect: async (settings) => (await import('./adyen-gateway.ts')).createAdyenGateway(settings),
}
