import type {
  AcceptRequest,
  DisputeAnswer,
  EvidenceFile,
  EvidenceRequest,
} from '@perennial/core/payments'
import { readText } from '../../platform/foreign/index.ts'
import { causeOf, type HttpAnswer } from '../http/index.ts'
import type { CheckoutApi } from './checkout-api.ts'
import { toRequestDecline } from './decline.ts'

/** The longest text that goes with evidence. */
const TEXT_MAX = 500
const FILE_TYPES = ['application/pdf', 'image/png', 'image/jpeg']

export async function acceptDispute(
  api: CheckoutApi,
  { disputeReference }: AcceptRequest,
): Promise<DisputeAnswer> {
  return answered('lost', () => api.post(pathOf(disputeReference, 'accept'), undefined))
}

/** Evidence is handed over, then handed in; there is room for one file that says nothing of its kind. */
export async function submitEvidence(
  api: CheckoutApi,
  request: EvidenceRequest,
): Promise<DisputeAnswer> {
  const problem = problemOf(request.files)
  if (problem !== null) return { kind: 'refused', code: 'evidence_not_accepted', message: problem }
  const path = pathOf(request.disputeReference, 'evidence')
  return answered('under_review', async () => {
    const file = await uploadFirst(api, request.files)
    const facts = Object.entries(request.facts).map(([name, value]) => `${name}: ${value}`)
    const text = [request.text, ...facts].filter((line) => line !== '').join('\n')
    const put = await api.put(path, {
      additional_evidence_text: text.slice(0, TEXT_MAX),
      ...(file === null ? {} : { additional_evidence_file: file }),
    })
    return put.status === 204 ? api.post(path, undefined) : put
  })
}

function problemOf(files: readonly EvidenceFile[]): string | null {
  if (files.length > 1) return 'The gateway takes one file: put the documents into one PDF.'
  return files.every(({ contentType }) => FILE_TYPES.includes(contentType))
    ? null
    : 'The gateway takes PDF, PNG and JPEG.'
}

async function uploadFirst(
  api: CheckoutApi,
  files: readonly EvidenceFile[],
): Promise<string | null> {
  const [file] = files
  if (file === undefined) return null
  const { status, body } = await api.upload({ ...file, type: file.contentType })
  const id = readText(body, 'id')
  if (id === null) throw new Error(`the gateway did not take the file: ${status}`)
  return id
}

function pathOf(disputeReference: string, verb: string): string {
  return `/disputes/${encodeURIComponent(disputeReference)}/${verb}`
}

async function answered(
  status: 'lost' | 'under_review',
  work: () => Promise<HttpAnswer>,
): Promise<DisputeAnswer> {
  try {
    const answer = await work()
    if (answer.status === 204) return { kind: 'accepted', status }
    if (answer.status < 400 || answer.status >= 500)
      return { kind: 'unknown', cause: `the gateway answered ${answer.status}` }
    const { message } = toRequestDecline(answer)
    return { kind: 'refused', code: 'dispute_not_answerable', message }
  } catch (error) {
    return { kind: 'unknown', cause: causeOf(error) }
  }
}
