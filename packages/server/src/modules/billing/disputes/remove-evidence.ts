import type { Uuid } from '@perennial/core/ids'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../../platform/command/index.ts'
import { deleteEvidence, listEvidenceNotes, lockDispute } from '../../disputes/index.ts'

export type RemoveEvidence = { readonly disputeId: Uuid; readonly pieceId: Uuid }

export type RemovalRefusal = 'dispute_not_found' | 'evidence_not_found' | 'evidence_submitted'

/** Takes one piece out that was not handed in. Refusals in the order of the union. */
export async function removeEvidence(
  context: CommandContext,
  { disputeId, pieceId }: RemoveEvidence,
): Promise<Decision<Uuid, RemovalRefusal>> {
  const { accountId } = context
  return context.inTx(async (tx) => {
    const dispute = await lockDispute(tx, accountId, disputeId)
    if (dispute === null) return refused('dispute_not_found')
    const kept = await listEvidenceNotes(tx, accountId, disputeId)
    if (!kept.some(({ id }) => id === pieceId)) return refused('evidence_not_found')
    const isOut = await deleteEvidence(tx, { accountId, disputeId }, [pieceId])
    if (!isOut) return refused('evidence_submitted')
    await context.remember(tx, 'dispute', disputeId)
    return accepted(pieceId)
  })
}
