import { type Answer, answerWith } from '../../http/answer.ts'
import { record } from '../../http/context.ts'
import { type StripeCall, refuseParam, scopeOf, toSeconds } from '../stripe-call.ts'

/** Who the key belongs to. */
export function showAccount({ gatewayId, context, call }: StripeCall): Answer {
  const name = `${gatewayId} of the world ${context.world.name}`
  return answerWith({
    id: `acct_world_${gatewayId}_${call.account}`,
    object: 'account',
    business_profile: { name },
    charges_enabled: true,
    country: 'US',
    default_currency: 'usd',
    details_submitted: true,
    payouts_enabled: true,
    settings: { dashboard: { display_name: name, timezone: 'Etc/UTC' } },
    type: 'standard',
  })
}

/** Keeps that there was a file, and not what was in it. */
export function createFile(stripe: StripeCall): Answer {
  const { context, call } = stripe
  if (call.upload === null) return refuseParam('file')
  const id = context.makeId('file')
  const { name, purpose } = call.upload
  const thing = { ...scopeOf(stripe), kind: 'file', id, at: call.at, body: { name } } as const
  record(context, { kind: 'thing_kept', thing })
  return answerWith({
    id,
    object: 'file',
    created: toSeconds(call.at),
    filename: name,
    purpose,
    url: null,
  })
}
