import { isClosed, needsResponse } from '@perennial/core/disputes'
import type { Uuid } from '@perennial/core/ids'
import type { EvidenceFile } from '@perennial/core/payments'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../../platform/command/index.ts'
import {
  findDispute,
  insertEvidence,
  listEvidenceTexts,
  lockDispute,
  outlineEvidence,
} from '../../disputes/index.ts'
import type { BillingDeps } from '../scope.ts'
import { explainUnsuited, pickAnswer } from './suit-evidence.ts'

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
  | 'gateway_takes_no_evidence'
  | 'evidence_not_taken'

const PIECES_MAX = 20
const BYTES_MAX = 20 * 1024 * 1024

/**
 * Keeps evidence until it is handed in, when its gateway takes it beside what is kept. Gives the pieces' ids. Refusals in
 * the order of the union.
 */
export async function addEvidence(
  deps: BillingDeps,
  context: CommandContext,
  request: AddEvidence,
): Promise<Decision<readonly Uuid[], EvidenceRefusal>> {
  const { accountId, now } = context
  const { disputeId } = request
  const seen = await context.inTx((tx) => findDispute(tx, accountId, disputeId))
  if (seen === null) return refused('dispute_not_found')
  const { port } = await deps.gateways.portOf(accountId, seen.gatewayId)
  const pieces = toPieces(context, request)
  return context.inTx(async (tx) => {
    const dispute = await lockDispute(tx, accountId, disputeId)
    if (dispute === null) return refused('dispute_not_found')
    if (isClosed(dispute)) return refused('dispute_closed')
    if (!needsResponse(dispute)) return refused('dispute_answered')
    if (pieces.length === 0) return refused('evidence_missing')
    const kept = await listEvidenceTexts(tx, accountId, disputeId)
    const all = [...kept, ...pieces]
    const bytes = all.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
    if (all.length > PIECES_MAX || bytes > BYTES_MAX) return refused('evidence_full')
    if (port.evidenceLimits === undefined) return refused('gateway_takes_no_evidence')
    const unsuited = explainUnsuited(port.evidenceLimits, outlineEvidence(pickAnswer(all)))
    if (unsuited !== null) return refused('evidence_not_taken', unsuited)
    await insertEvidence(tx, { accountId, disputeId, at: now }, pieces)
    await context.remember(tx, 'dispute', disputeId)
    return accepted(pieces.map(({ id }) => id))
  })
}

function toPieces({ ids, now }: CommandContext, { text, files }: AddEvidence) {
  const body = new TextEncoder().encode(text.trim())
  const words = { kind: 'text', name: 'text', contentType: 'text/plain', body } as const
  const documents = files.map((file) => ({ kind: 'file' as const, ...file }))
  return [...(body.length === 0 ? [] : [words]), ...documents].map((piece) => ({
    ...piece,
    id: ids.next(),
    sizeBytes: piece.body.length,
    createdAt: now,
    submittedAt: null,
  }))
}
