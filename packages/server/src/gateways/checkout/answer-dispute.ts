import {
  toFactLines,
  type AcceptRequest,
  type DisputeAnswer,
  type EvidenceFile,
  type EvidenceLimits,
  type EvidenceRequest,
} from '@perennial/core/payments'
import { readText } from '../../platform/foreign/index.ts'
import { causeOf, type HttpAnswer } from '../http/index.ts'
import type { CheckoutApi } from './checkout-api.ts'
import { toRequestDecline } from './decline.ts'

/** Of each of the vendor's texts (checkout.com/docs, "Provide dispute evidence"). */
const TEXT_MAX = 500

const FILE_BYTES_MAX = 4 * 1024 * 1024

/** There is room for one file that says nothing of its kind; kinds and size: the vendor's "File uploader". */
export const EVIDENCE_LIMITS: EvidenceLimits = {
  textMax: TEXT_MAX,
  filesMax: 1,
  fileBytesMax: {
    'application/pdf': FILE_BYTES_MAX,
    'image/png': FILE_BYTES_MAX,
    'image/jpeg': FILE_BYTES_MAX,
  },
}

export async function acceptDispute(
  api: CheckoutApi,
  { disputeReference }: AcceptRequest,
): Promise<DisputeAnswer> {
  return answered('lost', () => api.post(pathOf(disputeReference, 'accept'), undefined))
}

/** Evidence is handed over, then handed in. */
export async function submitEvidence(
  api: CheckoutApi,
  request: EvidenceRequest,
): Promise<DisputeAnswer> {
  const path = pathOf(request.disputeReference, 'evidence')
  return answered('under_review', async () => {
    const file = await uploadFirst(api, request.files)
    const put = await api.put(path, {
      ...(request.text === '' ? {} : { additional_evidence_text: request.text }),
      ...(file === null ? {} : { additional_evidence_file: file }),
      ...placeFacts(toFactLines(request)),
    })
    return put.status === 204 ? api.post(path, undefined) : put
  })
}

/** Facts have texts of their own, line by line; names so long that two do not hold all leave the last lines out. */
const FACT_FIELDS = ['invoice_or_receipt_text', 'recurring_transaction_agreement_text'] as const

function placeFacts(lines: readonly string[]): Readonly<Record<string, string>> {
  const placed: Record<string, string> = {}
  let next = 0
  for (const field of FACT_FIELDS) {
    let text = lines[next] ?? ''
    if (text === '' || text.length > TEXT_MAX) break
    for (next += 1; next < lines.length; next += 1) {
      const longer = `${text}\n${lines[next]}`
      if (longer.length > TEXT_MAX) break
      text = longer
    }
    placed[field] = text
  }
  return placed
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
