import { isClosed, needsResponse } from '@perennial/core/disputes'
import type { Uuid } from '@perennial/core/ids'
import type { EvidenceFile } from '@perennial/core/payments'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../../platform/command/index.ts'
import { insertEvidence, lockDispute, weighEvidence } from '../../disputes/index.ts'

export type AddEvidence = {
  readonly disputeId: Uuid
  /** Empty = files alone. */
  readonly text: string
  readonly files: readonly EvidenceFile[]
}

export type EvidenceRefusal =
  | 'dispute_not_found'
  | 'dispute_closed'
  | 'dispute_answered'
  | 'evidence_missing'
  | 'evidence_full'

const PIECES_MAX = 20
const BYTES_MAX = 20 * 1024 * 1024

/** Keeps evidence until it is handed in. Refusals in the order of the union. */
export async function addEvidence(
  context: CommandContext,
  request: AddEvidence,
): Promise<Decision<Uuid, EvidenceRefusal>> {
  const { accountId, now, ids } = context
  const { disputeId, files } = request
  const text = request.text.trim()
  return context.inTx(async (tx) => {
    const dispute = await lockDispute(tx, accountId, disputeId)
    if (dispute === null) return refused('dispute_not_found')
    if (isClosed(dispute)) return refused('dispute_closed')
    if (!needsResponse(dispute) || dispute.evidenceSubmittedAt !== null)
      return refused('dispute_answered')
    if (text === '' && files.length === 0) return refused('evidence_missing')
    const kept = await weighEvidence(tx, accountId, disputeId)
    const bytes = files.reduce((sum, { body }) => sum + body.length, kept.bytes)
    const pieces = kept.pieces + files.length + (text === '' ? 0 : 1)
    if (pieces > PIECES_MAX || bytes > BYTES_MAX) return refused('evidence_full')
    const body = new TextEncoder().encode(text)
    const words = { kind: 'text', name: 'text', contentType: 'text/plain', body } as const
    const documents = files.map((file) => ({ kind: 'file' as const, ...file }))
    await insertEvidence(
      tx,
      { accountId, disputeId, at: now },
      [...(text === '' ? [] : [words]), ...documents].map((each) => ({ ...each, id: ids.next() })),
    )
    await context.remember(tx, 'dispute', disputeId)
    return accepted(disputeId)
  })
}
