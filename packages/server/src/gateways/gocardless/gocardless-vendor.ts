import type { GatewayVendor } from '@perennial/core/payments'
import { GOCARDLESS_ABILITIES } from './abilities.ts'

export const gocardlessVendor: GatewayVendor = {
  kind: 'gocardless',
  name: 'GoCardless',
  fields: [
    {
      id: 'access_token',
      label: 'Access token',
      isSecret: true,
      isRequired: true,
      hint: 'Dashboard, Developers, Create, Access token, with read-write access: sandbox_… or live_…',
    },
    {
      id: 'webhook_secret',
      label: 'Webhook endpoint secret',
      isSecret: true,
      isRequired: false,
      hint: 'Dashboard, Developers, Create, Webhook endpoint: the secret that you gave it or got.',
    },
  ],
  abilities: GOCARDLESS_ABILITIES,
  tokenForm: 'the id of a mandate, MD and letters or digits',
  isToken: (token) => /^MD-?[A-Z0-9]{3,40}$/.test(token),
  connect: async (settings) =>
    (await import('./gocardless-gateway.ts')).createGoCardlessGateway(settings),
}
