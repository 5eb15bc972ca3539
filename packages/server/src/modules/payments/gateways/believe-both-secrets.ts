import type { Clock } from '../../../platform/clock/index.ts'
import type { Gateway } from '../queries/gateways.ts'
import type { ConnectedGateway, GatewayFactory } from './gateway-factory.ts'

/**
 * Connects a gateway. For a while after its credentials were replaced, a webhook that does not fit the new secret is read
 * with the one before: what was under way then was signed with it.
 */
export async function believeBothSecrets(given: {
  readonly factory: GatewayFactory
  readonly clock: Clock
  readonly gateway: Gateway
}): Promise<ConnectedGateway> {
  const { factory, clock, gateway } = given
  const { previousCredentialsSealed: sealed, previousCredentialsUntil: until } = gateway
  const current = await factory(gateway)
  if (sealed === null || until === null) return current
  return {
    ...current,
    readWebhook: async (request) => {
      const reading = await current.readWebhook(request)
      const isDoubted = reading.kind === 'refused' && reading.reason === 'signature'
      if (!isDoubted || clock.now() >= until) return reading
      const before = await factory({ ...gateway, credentialsSealed: sealed })
      try {
        return await before.readWebhook(request)
      } finally {
        await before.close?.()
      }
    },
  }
}
