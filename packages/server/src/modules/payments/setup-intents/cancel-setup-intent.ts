import { assert, assertNever } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import { cancelSetupIntent as decideCancel, type SetupIntent } from '@perennial/core/payments'
import {
  type CommandContext,
  type Decision,
  accepted,
  refused,
} from '../../../platform/command/index.ts'
import { findSetupIntent, lockSetupIntent, updateSetupIntent } from '../queries/setup-intents.ts'
import { closeChallenge } from '../queries/challenges.ts'
import type { SetupDeps } from './settle-setup-intent.ts'

export type CancelSetupRefusal =
  | 'setup_not_found'
  | 'setup_being_verified'
  | 'setup_state_invalid'
  | 'setup_not_releasable'
  | 'gateway_unreachable'

/** Gives a setup intent up; a challenge that waits for the customer is called off at the gateway first. */
export async function cancelSetupIntent(
  deps: SetupDeps,
  context: CommandContext,
  request: { readonly id: Uuid; readonly reason: string | null },
): Promise<Decision<Uuid, CancelSetupRefusal>> {
  const { accountId, now } = context
  const { id, reason } = request
  const seen = await context.inTx((tx) => findSetupIntent(tx, { accountId, id }))
  if (seen === null) return refused('setup_not_found')
  if (seen.status === 'processing') return refused('setup_being_verified')
  if (seen.status === 'requires_action') {
    const released = await callOff(deps, context, seen)
    if (released.kind === 'refused') return released
  }
  return context.inTx(async (tx) => {
    const current = await lockSetupIntent(tx, { accountId, id })
    if (current === null) return refused('setup_not_found')
    // Another try may have begun meanwhile, and nothing of that one has been called off.
    if (current.verification?.id !== seen.verification?.id) return refused('setup_being_verified')
    const decision = decideCancel(current, reason, now)
    if (decision.kind === 'refused') return refused(decision.code)
    await updateSetupIntent(tx, accountId, decision.intent)
    await context.remember(tx, 'setup_intent', id)
    return accepted(id)
  })
}

async function callOff(
  deps: SetupDeps,
  context: CommandContext,
  { verification }: SetupIntent,
): Promise<
  Decision<null, 'gateway_unreachable' | 'setup_not_releasable' | 'setup_being_verified'>
> {
  assert(verification !== null, 'a challenge belongs to a verification')
  const { gatewayReference, gatewayId, id: idempotencyKey } = verification
  assert(gatewayReference !== null, 'the gateway has a name for what it waits for')
  const { accountId, now: at } = context
  const key = { accountId, id: idempotencyKey }
  const isClosed = await context.inTx((tx) => closeChallenge(tx, key, at))
  if (!isClosed) return refused('setup_being_verified')
  const { port } = await deps.gateways.portOf(accountId, gatewayId)
  const outcome = await port.void({ accountId, idempotencyKey, gatewayReference, at })
  switch (outcome.kind) {
    case 'voided':
    // What was taken down is done or refused later: a verification holds nothing that would have to come back.
    case 'pending':
      return accepted(null)
    case 'refused':
      return refused('setup_not_releasable')
    case 'unknown':
      return refused('gateway_unreachable')
    default:
      return assertNever(outcome)
  }
}
