import type { GatewayVendor } from '@perennial/core/payments'
import { AUTHNET_ABILITIES } from './abilities.ts'
import { parseAuthnetToken } from './token.ts'

export const authnetVendor: GatewayVendor = {
  kind: 'authnet',
  name: 'Authorize.net',
  fields: [
    {
      id: 'api_login_id',
      label: 'API login ID',
      isSecret: false,
      isRequired: true,
      hint: 'Merchant Interface, Account, API Credentials & Keys.',
    },
    {
      id: 'transaction_key',
      label: 'Transaction key',
      isSecret: true,
      isRequired: true,
      hint: 'Merchant Interface, Account, API Credentials & Keys: 16 letters and digits, shown once.',
    },
    {
      id: 'signature_key',
      label: 'Signature key',
      isSecret: true,
      isRequired: false,
      hint: 'Merchant Interface, Account, API Credentials & Keys: 128 hexadecimal digits; webhooks are signed with it.',
    },
  ],
  abilities: AUTHNET_ABILITIES,
  settlement: { takes: 'fees_and_payouts' },
  tokenForm:
    'a customer profile and one of its payment profiles, with a colon between: <customerProfileId>:<customerPaymentProfileId>',
  isToken: (token) => parseAuthnetToken(token) !== null,
  connect: async (settings) =>
    (await import('./authnet-gateway.ts')).createAuthnetGateway(settings),
}
