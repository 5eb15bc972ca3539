import type { GatewayAbilities, GatewayVendor } from '@perennial/core/payments'

export const AUTHNET_ABILITIES: GatewayAbilities = {
  methodTypes: ['card', 'us_bank_account'],
  authorize: true,
  partialCapture: true,
  void: true,
  refund: 'partial',
  lookUp: true,
  tokenize: true,
  // 3-D Secure is done elsewhere and its result handed in; the gateway has no page for it.
  challenge: false,
  webhooks: true,
  movements: true,
  // It tells of no dispute, neither by webhook nor when asked.
  disputes: false,
}

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
  tokenForm:
    'a customer profile and one of its payment profiles, with a colon between: <customerProfileId>:<customerPaymentProfileId>',
  isToken: (token) => parseAuthnetToken(token) !== null,
  connect: async (settings) =>
    (await import('./authnet-gateway.ts')).createAuthnetGateway(settings),
}

export type AuthnetToken = {
  readonly customerProfileId: string
  readonly paymentProfileId: string
}

/** Null for what has not the form. */
export function parseAuthnetToken(token: string): AuthnetToken | null {
  const [, customerProfileId, paymentProfileId] = /^(\d{1,19}):(\d{1,19})$/.exec(token) ?? []
  if (customerProfileId === undefined || paymentProfileId === undefined) return null
  return { customerProfileId, paymentProfileId }
}
