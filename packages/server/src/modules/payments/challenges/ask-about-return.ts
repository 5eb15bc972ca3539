import type { ChargeKey, GatewayOutcome, GatewayPort } from '@perennial/core/payments'
import { findChallenge, forgetBrought } from '../queries/challenges.ts'
import type { ChallengeDeps } from './charge-present.ts'

/**
 * Hands in what a customer has brought back, as often as it is asked: what came of the charge. Null where nothing was
 * brought, or nothing that the gateway knows, which is forgotten, so that they can still come.
 */
export async function askAboutReturn(
  { database }: Pick<ChallengeDeps, 'database'>,
  port: GatewayPort,
  charge: ChargeKey,
): Promise<GatewayOutcome | null> {
  if (port.completeChallenge === undefined) return null
  const key = { accountId: charge.accountId, id: charge.idempotencyKey }
  const scope = { accountScope: charge.accountId }
  const challenge = await database.tx((tx) => findChallenge(tx, key), scope)
  const brought = challenge?.brought ?? null
  if (brought === null) return null
  const outcome = await port.completeChallenge({ ...charge, brought })
  if (outcome === null) await database.tx((tx) => forgetBrought(tx, key, brought), scope)
  return outcome
}
