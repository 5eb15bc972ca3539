import {
  toFactLines,
  toTextWithFacts,
  type AcceptRequest,
  type DisputeAnswer,
  type EvidenceLimits,
  type EvidenceRequest,
} from '@perennial/core/payments'
import { readList, readRecord, readText } from '../../platform/foreign/index.ts'
import { causeOf } from '../http/index.ts'
import { refusalOf, type BraintreeAnswer, type BraintreeApi } from './braintree-api.ts'
import { disputeStatusOf } from './read-webhook.ts'

function pathOf(disputeReference: string, verb: string): string {
  return `/disputes/${encodeURIComponent(disputeReference)}${verb}`
}

const FILE_BYTES_MAX = 4 * 1024 * 1024

/** Files: the vendor's "Document Upload". It tells no limit of texts, so theirs is ours for one text; nor of pieces. */
export const EVIDENCE_LIMITS: EvidenceLimits = {
  textMax: 20_000,
  filesMax: 20,
  fileBytesMax: {
    'application/pdf': FILE_BYTES_MAX,
    'image/png': FILE_BYTES_MAX,
    'image/jpeg': FILE_BYTES_MAX,
  },
}

/**
 * Each piece is added by itself, our text first; the dispute is then finalised, after which nothing more can be added. What
 * an answer before this one has left there, because its end got lost, is taken out.
 */
export async function submitEvidence(
  api: BraintreeApi,
  request: EvidenceRequest,
): Promise<DisputeAnswer> {
  const { disputeReference, files } = request
  const comments = toTextWithFacts(request)
  try {
    await takeOutRemains(api, request)
    const pieces: unknown[] = comments === '' ? [] : [{ comments }]
    for (const { name, contentType: type, body } of files) {
      const upload = await api.upload({ name, type, body })
      const refused = refusedBy(upload)
      if (refused !== null) return refused
      const documentId = readText(upload.root, 'document_upload', 'id')
      if (documentId === null) return unknown(upload)
      pieces.push({ document_upload_id: documentId })
    }
    for (const evidence of pieces) {
      const answer = await api.post(pathOf(disputeReference, '/evidence'), { evidence })
      if (answer.status !== 200 && answer.status !== 201)
        return await answeredBefore(api, disputeReference, answer)
    }
    const answer = await api.put(pathOf(disputeReference, '/finalize'))
    if (answer.status === 200) return { kind: 'accepted', status: 'under_review' }
    return await answeredBefore(api, disputeReference, answer)
  } catch (error) {
    return { kind: 'unknown', cause: causeOf(error) }
  }
}

/** Our text ends with the facts of this very charge, and our files come behind it; what stood there before is the merchant's. */
async function takeOutRemains(api: BraintreeApi, request: EvidenceRequest): Promise<void> {
  const { disputeReference } = request
  const facts = toFactLines(request).join('\n')
  if (facts === '') return
  const { root } = await api.get(pathOf(disputeReference, ''))
  const dispute = readRecord(root, 'dispute')
  if (readText(dispute, 'status') !== 'open') return
  const kept = readList(dispute, 'evidence') ?? []
  const ours = kept.find((piece) => readText(piece, 'comment')?.endsWith(facts) === true)
  const since = readText(ours, 'created_at')
  if (since === null) return
  for (const piece of kept) {
    if ((readText(piece, 'created_at') ?? '') < since) continue
    const path = pathOf(disputeReference, `/evidence/${readText(piece, 'id') ?? ''}`)
    const { status } = await api.delete(path)
    if (status >= 300 && status !== 404) throw new Error(`the gateway answered ${status}`)
  }
}

export async function acceptDispute(
  api: BraintreeApi,
  { disputeReference }: AcceptRequest,
): Promise<DisputeAnswer> {
  try {
    const answer = await api.put(pathOf(disputeReference, '/accept'))
    if (answer.status === 200) return { kind: 'accepted', status: 'lost' }
    return await answeredBefore(api, disputeReference, answer, 'lost')
  } catch (error) {
    return { kind: 'unknown', cause: causeOf(error) }
  }
}

/** A dispute that is not open any more may have been answered by the same request before. */
async function answeredBefore(
  api: BraintreeApi,
  disputeReference: string,
  answer: BraintreeAnswer,
  wanted: 'under_review' | 'lost' = 'under_review',
): Promise<DisputeAnswer> {
  const refused = refusedBy(answer)
  if (refused === null) return unknown(answer)
  const { root } = await api.get(pathOf(disputeReference, ''))
  const status = disputeStatusOf(readRecord(root, 'dispute'))
  return status === wanted ? { kind: 'accepted', status } : refused
}

function refusedBy(answer: BraintreeAnswer): Extract<DisputeAnswer, { kind: 'refused' }> | null {
  if (answer.status === 404)
    return { kind: 'refused', code: 'no_such_dispute', message: 'There is no such dispute.' }
  const refusal = refusalOf(answer)
  if (refusal === null) return null
  return { kind: 'refused', code: 'not_answerable', message: refusal.message }
}

function unknown({ status }: BraintreeAnswer): DisputeAnswer {
  return { kind: 'unknown', cause: `the gateway answered ${status}` }
}
