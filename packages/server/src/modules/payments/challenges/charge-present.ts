import { encodeId, type Uuid } from '@perennial/core/ids'
import type { ChargeRequest, GatewayOutcome, GatewayPort } from '@perennial/core/payments'
import type { Database } from '../../../platform/db/index.ts'
import { type ChallengeSubject, insertChallenge } from '../queries/challenges.ts'

export const CHALLENGE_PREFIX = '/pay/challenges'

export type ChallengeDeps = {
  readonly database: Database
  /** Where links for payers begin. */
  readonly publicUrl: string
}

/** Where a customer goes to be challenged by a form, and comes back to. The key is as good as unguessable. */
function challengeUrl(publicUrl: string, key: { readonly accountId: Uuid; readonly id: Uuid }) {
  return `${publicUrl}${CHALLENGE_PREFIX}/${encodeId('account', key.accountId)}/${key.id}`
}

/**
 * A charge whose customer is there and can be challenged. Where the gateway wants what they bring back, they come back
 * by our page, which sends them on to the charge's `returnUrl`.
 */
export async function chargePresent(
  { database, publicUrl }: ChallengeDeps,
  { port, gatewayId }: { readonly port: GatewayPort; readonly gatewayId: Uuid },
  given: { readonly request: ChargeRequest; readonly subject: ChallengeSubject },
): Promise<GatewayOutcome> {
  const { request, subject } = given
  if (port.completeChallenge === undefined) return port.charge(request)
  const { accountId, idempotencyKey: id } = request
  const url = challengeUrl(publicUrl, { accountId, id })
  const outcome = await port.charge({ ...request, returnUrl: url })
  if (outcome.kind !== 'needs_action') return outcome
  const { form = null, ...answered } = outcome
  const returnUrl = request.returnUrl ?? null
  const challenge = { accountId, id, gatewayId, subject, returnUrl, form }
  // Before anybody is told where to go.
  await database.tx((tx) => insertChallenge(tx, challenge, request.at), {
    accountScope: accountId,
  })
  return form === null ? answered : { ...answered, nextAction: { ...answered.nextAction, url } }
}
