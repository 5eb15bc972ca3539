import type {
  AcceptRequest,
  DisputeAnswer,
  EvidenceLimits,
  EvidenceRequest,
} from '@perennial/core/payments'
import { readBoolean, readList, readText } from '../../platform/foreign/index.ts'
import { causeOf } from '../http/index.ts'
import { isRefusal, type AdyenApi } from './adyen-api.ts'

type About = { readonly disputePspReference: string; readonly merchantAccountCode: string }

const aboutOf = (api: AdyenApi, disputePspReference: string): About => ({
  disputePspReference,
  merchantAccountCode: api.merchantAccount,
})

export async function acceptDispute(
  api: AdyenApi,
  { disputeReference }: AcceptRequest,
): Promise<DisputeAnswer> {
  return answered('lost', () => api.disputes.acceptDispute(aboutOf(api, disputeReference)))
}

const MB = 1024 * 1024

/** Kinds and sizes: docs.adyen.com, "Defense requirements". It tells no number of documents; 20 are what a dispute keeps here. */
export const EVIDENCE_LIMITS: EvidenceLimits = {
  textMax: 0,
  filesMax: 20,
  fileBytesMax: { 'application/pdf': 2 * MB, 'image/jpeg': 10 * MB },
}

/** The vendor takes documents alone, without our facts: each as one of the kinds that a reason for the defence asks for. */
export async function submitEvidence(
  api: AdyenApi,
  request: EvidenceRequest,
): Promise<DisputeAnswer> {
  const about = aboutOf(api, request.disputeReference)
  return answered('under_review', async () => {
    const reasons = await api.disputes.retrieveApplicableDefenseReasons(about)
    const reason = chooseReason(reasons)
    if (reason === null) return isDone(reasons) ? NO_DEFENCE : reasons
    const supplied = await api.disputes.supplyDefenseDocument({
      ...about,
      defenseDocuments: request.files.map((file) => ({
        content: Buffer.from(file.body).toString('base64'),
        contentType: file.contentType,
        defenseDocumentTypeCode: reason.documentType,
      })),
    })
    if (!isDone(supplied)) return supplied
    return api.disputes.defendDispute({ ...about, defenseReasonCode: reason.code })
  })
}

const NO_DEFENCE = {
  disputeServiceResult: { success: false, errorMessage: 'There is no defence for this dispute.' },
}

/** Anything goes as defence material; otherwise the first kind of the first reason. */
const ANY_MATERIAL = 'DefenseMaterial'

function chooseReason(
  answer: unknown,
): { readonly code: string; readonly documentType: string } | null {
  const offered = (readList(answer, 'defenseReasons') ?? []).flatMap((reason) => {
    const code = readText(reason, 'defenseReasonCode')
    const types = readList(reason, 'defenseDocumentTypes') ?? []
    return types.flatMap((type) => {
      const documentType = readText(type, 'defenseDocumentTypeCode')
      return code === null || documentType === null ? [] : [{ code, documentType }]
    })
  })
  return offered.find(({ documentType }) => documentType === ANY_MATERIAL) ?? offered[0] ?? null
}

function isDone(answer: unknown): boolean {
  return readBoolean(answer, 'disputeServiceResult', 'success') === true
}

async function answered(
  status: 'lost' | 'under_review',
  work: () => Promise<unknown>,
): Promise<DisputeAnswer> {
  try {
    const answer = await work()
    if (isDone(answer)) return { kind: 'accepted', status }
    if (readBoolean(answer, 'disputeServiceResult', 'success') === null)
      return { kind: 'unknown', cause: 'the gateway answered nonsense' }
    const message = readText(answer, 'disputeServiceResult', 'errorMessage')
    return { kind: 'refused', code: 'dispute_not_answerable', message }
  } catch (error) {
    if (!isRefusal(error)) return { kind: 'unknown', cause: causeOf(error) }
    return { kind: 'refused', code: 'dispute_not_answerable', message: error.message }
  }
}
