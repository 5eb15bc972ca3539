import type {
  AcceptRequest,
  DisputeAnswer,
  DisputeStatus,
  EvidenceLimits,
  EvidenceRequest,
  GatewayDispute,
} from '@perennial/core/payments'
import { parseInstant } from '@perennial/core/time'
import { readText } from '../../platform/foreign/index.ts'
import { causeOf } from '../http/index.ts'
import { readCurrency, readMinor } from './money.ts'
import { nonsense, refusalOf, type WorldLine, type WorldRequest } from './world-line.ts'

const FILE_BYTES_MAX = 5 * 1024 * 1024

export const EVIDENCE_LIMITS: EvidenceLimits = {
  textMax: 20_000,
  filesMax: 50,
  fileBytesMax: {
    'application/pdf': FILE_BYTES_MAX,
    'image/png': FILE_BYTES_MAX,
    'image/jpeg': FILE_BYTES_MAX,
    'text/plain': FILE_BYTES_MAX,
  },
}

/** The world keeps what files are called, and not what is in them. */
export function submitEvidence(line: WorldLine, request: EvidenceRequest): Promise<DisputeAnswer> {
  const files = request.files.map(({ name, contentType }) => ({ name, content_type: contentType }))
  const path = `${disputePath(request)}/evidence`
  const body = { text: request.text, files }
  return answer(line, { method: 'POST', path, key: request, body })
}

export function acceptDispute(line: WorldLine, request: AcceptRequest): Promise<DisputeAnswer> {
  const path = `${disputePath(request)}/accept`
  return answer(line, { method: 'POST', path, key: request, body: {} })
}

async function answer(line: WorldLine, request: WorldRequest): Promise<DisputeAnswer> {
  try {
    const answered = await line.call(request)
    const refusal = refusalOf(answered)
    if (refusal !== null) return { kind: 'refused', ...refusal }
    const status = answered.status === 200 ? readStatus(answered.body) : undefined
    if (status === undefined) return { kind: 'unknown', cause: nonsense(answered) }
    return { kind: 'accepted', status }
  } catch (error) {
    return { kind: 'unknown', cause: causeOf(error) }
  }
}

function disputePath({ disputeReference }: AcceptRequest): string {
  return `/disputes/${encodeURIComponent(disputeReference)}`
}

const STATUSES: readonly DisputeStatus[] = [
  'warning_needs_response',
  'warning_closed',
  'needs_response',
  'under_review',
  'won',
  'lost',
  'withdrawn',
]

function readStatus(dispute: unknown): DisputeStatus | undefined {
  return STATUSES.find((status) => status === readText(dispute, 'status'))
}

/** The world's reasons that are not ours. */
const REASONS: Readonly<Partial<Record<string, string>>> = {
  unrecognized: 'fraudulent',
  credit_not_processed: 'other',
}

export function toDispute(dispute: unknown): GatewayDispute | null {
  const disputeReference = readText(dispute, 'id')
  const chargeReference = readText(dispute, 'charge_id')
  const status = readStatus(dispute)
  const amountMinor = readMinor(dispute, 'amount_minor')
  const currency = readCurrency(dispute)
  if (disputeReference === null || chargeReference === null || status === undefined) return null
  if (amountMinor === null || currency === null) return null
  const reason = readText(dispute, 'reason') ?? 'other'
  return {
    disputeReference,
    chargeReference,
    status,
    amountMinor,
    currency,
    feeMinor: readMinor(dispute, 'fee_minor') ?? 0n,
    reason: REASONS[reason] ?? reason,
    networkReasonCode: readText(dispute, 'network_reason_code'),
    networkReasonDescription: readText(dispute, 'network_reason_description'),
    evidenceDueAt: parseInstant(readText(dispute, 'evidence_due_at') ?? ''),
  }
}
