import type { GatewayVendor } from '@perennial/core/payments'
import { STRIPE_ABILITIES } from './abilities.ts'

export const stripeVendor: GatewayVendor = {
  kind: 'stripe',
  name: 'Stripe',
  fields: [
    {
      id: 'secret_key',
      label: 'Secret key',
      isSecret: true,
      isRequired: true,
      hint: 'Developers, API keys: sk_test_… for a sandbox, sk_live_… for live; a restricted key (rk_…) works too.',
    },
    {
      id: 'webhook_secret',
      label: 'Webhook signing secret',
      isSecret: true,
      isRequired: false,
      hint: 'Developers, Webhooks, your endpoint, Signing secret: whsec_…',
    },
    {
      id: 'account_id',
      label: 'Connected account',
      isSecret: false,
      isRequired: false,
      hint: 'acct_…, when a platform charges for the account.',
    },
    {
      id: 'return_url',
      label: 'Return page',
      isSecret: false,
      isRequired: false,
      hint: 'Where customers come back to after 3-D Secure, such as https://shop.example/thanks.',
    },
  ],
  abilities: STRIPE_ABILITIES,
  tokenForm:
    'the id of a payment method, pm_…, with a bar and its customer where it has one: pm_…|cus_…',
  isToken: (token) =>
    /^(pm|card|src|ba)_\w{1,200}(\|cus_\w{1,200})?$/.test(token) || isSandboxName(token),
  connect: async (settings) => (await import('./stripe-gateway.ts')).createStripeGateway(settings),
}

/** Names of the card world, where such a gateway stands on it: `tok_visa`. */
function isSandboxName(token: string): boolean {
  return /^tok_\w{1,200}$/.test(token)
}
