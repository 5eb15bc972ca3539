import type { CommandContext, Decision } from '../../../platform/command/index.ts'
import { deleteEvidence } from '../../disputes/index.ts'
import type { BillingDeps } from '../scope.ts'
import { addEvidence, type AddEvidence, type EvidenceRefusal } from './add-evidence.ts'
import { answerDispute, type AnswerRefusal } from './answer-dispute.ts'

/**
 * Adds evidence, and hands in all that is kept. What the gateway did not answer to stays, to be submitted again; refused it
 * would stand in the way of what comes instead. Refusals as of the one, then of the other.
 */
export async function addAndSubmit(
  deps: BillingDeps,
  context: CommandContext,
  request: AddEvidence,
): Promise<Decision<unknown, EvidenceRefusal | AnswerRefusal>> {
  const { accountId } = context
  const { disputeId } = request
  const added = await addEvidence(deps, context, request)
  if (added.kind === 'refused') return added
  const answered = await answerDispute(deps, context, { disputeId, answer: 'submit' })
  if (answered.kind === 'refused' && answered.code !== 'gateway_unreachable')
    await context.inTx((tx) => deleteEvidence(tx, { accountId, disputeId }, added.value))
  return answered
}
