import type { Uuid } from '@perennial/core/ids'
import { type Mandate, moveMandate as decideMove } from '@perennial/core/payments'
import {
  type CommandContext,
  type Decision,
  accepted,
  refused,
} from '../../../platform/command/index.ts'
import { findMandate } from '../queries/mandates.ts'
import { endAtBureau } from './bureau.ts'
import type { MandateDeps } from './create-mandate.ts'
import { moveMandate, type MoveMandateRefusal } from './move-mandate.ts'

export type CancelMandateRefusal = MoveMandateRefusal | 'bureau_unreachable'

/**
 * Ends a mandate for good. The bureau is told first: an instruction that stays in force there would be nobody's. Refusals
 * are checked in the order of the union.
 */
export async function cancelMandate(
  deps: Pick<MandateDeps, 'gateways'>,
  context: CommandContext,
  { id, reason }: { readonly id: Uuid; readonly reason: string | null },
): Promise<Decision<Mandate, CancelMandateRefusal>> {
  const { accountId, now } = context
  const find = () => context.inTx((tx) => findMandate(tx, { accountId, id }))
  const mandate = await find()
  if (mandate === null) return refused('mandate_not_found')
  const move = { kind: 'cancel', reason } as const
  if (decideMove(mandate, move, now) === null) return refused('mandate_state_invalid')
  const { gatewayId, bureauReference: token } = mandate
  const isTold = token === null || (await endAtBureau(deps.gateways, context, { gatewayId, token }))
  if (!isTold) return refused('bureau_unreachable', { message: UNREACHABLE })
  const moved = await moveMandate(context, { id, move })
  if (moved.kind === 'accepted') return moved
  // The bureau may have told us of it before we had written it.
  const ended = await find()
  return ended?.status === 'cancelled' ? accepted(ended) : moved
}

const UNREACHABLE = 'The bureau does not answer. Nothing was cancelled; please try again.'
