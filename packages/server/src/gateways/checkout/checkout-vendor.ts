import type { GatewayVendor } from '@perennial/core/payments'
import { CHECKOUT_ABILITIES } from './abilities.ts'

export const checkoutVendor: GatewayVendor = {
  kind: 'checkout',
  name: 'Checkout.com',
  fields: [
    {
      id: 'secret_key',
      label: 'Secret key',
      isSecret: true,
      isRequired: true,
      hint: 'Dashboard, Developers, Keys: sk_sbox_… for the sandbox, sk_… for live; scopes gateway, vault and disputes.',
    },
    {
      id: 'public_key',
      label: 'Public key',
      isSecret: false,
      isRequired: true,
      hint: 'Dashboard, Developers, Keys: pk_sbox_… or pk_…; cards are tokenised with it.',
    },
    {
      id: 'processing_channel_id',
      label: 'Processing channel',
      isSecret: false,
      isRequired: true,
      hint: 'Dashboard, Settings, Channels: pc_…',
    },
    {
      id: 'subdomain',
      label: 'API prefix',
      isSecret: false,
      isRequired: false,
      hint: 'Dashboard, Developers: the part before .api.checkout.com; the first eight letters of your client id.',
    },
    {
      id: 'signature_key',
      label: 'Webhook signature key',
      isSecret: true,
      isRequired: false,
      hint: 'Dashboard, Developers, Webhooks: the signature key of the webhook that calls this gateway.',
    },
    {
      id: 'webhook_authorization',
      label: 'Webhook authorization header',
      isSecret: true,
      isRequired: false,
      hint: 'What the webhook sends as Authorization header, where you set one there.',
    },
    {
      id: 'return_url',
      label: 'Return address',
      isSecret: false,
      isRequired: false,
      hint: 'Where customers come back to after 3-D Secure, as https://…; else the one set in the dashboard.',
    },
  ],
  abilities: CHECKOUT_ABILITIES,
  settlement: { takes: 'everything' },
  tokenForm: 'the id of a stored card, src_ and 26 letters or digits',
  isToken: (token) => /^src_[a-z0-9]{26}$/.test(token),
  connect: async (settings) =>
    (await import('./checkout-gateway.ts')).createCheckoutGateway(settings),
}
