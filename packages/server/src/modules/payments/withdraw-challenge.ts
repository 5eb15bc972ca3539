import {
  unknownOutcome,
  type ChargeKey,
  type GatewayOutcome,
  type GatewayPort,
} from '@perennial/core/payments'
import type { Logger } from '../../platform/log/index.ts'

/**
 * A charge that is made without the customer cannot answer a challenge, so it counts as refused. It is taken back at
 * the gateway first: answered later, it would move money that nobody expects. Until that is sure, nothing is: a gateway
 * that does not let go of it is asked again until it has ended it. What comes back as `needs_action` may be booked as
 * refused.
 */
export async function withdrawChallenge(
  log: Logger,
  charge: { readonly port: GatewayPort; readonly key: ChargeKey },
  outcome: GatewayOutcome,
): Promise<GatewayOutcome> {
  if (outcome.kind !== 'needs_action') return outcome
  const { gatewayReference } = outcome
  const { port, key } = charge
  const canceled = await port.void({ ...key, gatewayReference })
  if (canceled.kind === 'voided') return outcome
  if (canceled.kind === 'unknown' || canceled.kind === 'pending')
    return unknownOutcome('a challenge was not withdrawn yet')
  // Answered meanwhile, it is a charge like any other.
  const found = await port.lookUp(key)
  if (found.kind === 'found' && found.outcome.kind !== 'needs_action') return found.outcome
  const { idempotencyKey: attemptId } = key
  log.warn({ attemptId, gatewayReference }, 'a challenge could not be withdrawn')
  return unknownOutcome('the gateway keeps a challenge open until it ends by itself')
}
