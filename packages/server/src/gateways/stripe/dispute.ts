import {
  toTextWithFacts,
  type AcceptRequest,
  type DisputeAnswer,
  type DisputeStatus,
  type EvidenceLimits,
  type EvidenceRequest,
  type GatewayDispute,
} from '@perennial/core/payments'
import { fromUnixSeconds } from '@perennial/core/time'
import { readList, readNumber, readText } from '../../platform/foreign/index.ts'
import { fromStripeAmount } from './amounts.ts'
import { toFailure } from './failure.ts'
import type { StripeApi } from './stripe-client.ts'

/** https://docs.stripe.com/api/disputes/object */
const STATUSES: Readonly<Record<string, DisputeStatus>> = {
  warning_needs_response: 'warning_needs_response',
  warning_under_review: 'warning_needs_response',
  warning_closed: 'warning_closed',
  needs_response: 'needs_response',
  under_review: 'under_review',
  won: 'won',
  lost: 'lost',
  prevented: 'withdrawn',
}
const REASONS = [
  'fraudulent',
  'product_not_received',
  'product_unacceptable',
  'duplicate',
  'subscription_canceled',
]

/** Null for what is no dispute that we understand. */
export function toGatewayDispute(dispute: unknown): GatewayDispute | null {
  const disputeReference = readText(dispute, 'id')
  const chargeReference = readText(dispute, 'payment_intent') ?? readText(dispute, 'charge')
  const status = STATUSES[readText(dispute, 'status') ?? '']
  const money = fromStripeAmount(readNumber(dispute, 'amount'), readText(dispute, 'currency'))
  if (disputeReference === null || chargeReference === null) return null
  if (status === undefined || money === null) return null
  const reason = readText(dispute, 'reason') ?? 'other'
  const dueBy = readNumber(dispute, 'evidence_details', 'due_by')
  return {
    disputeReference,
    chargeReference,
    status,
    ...money,
    feeMinor: feeOf(dispute),
    reason: REASONS.includes(reason) ? reason : 'other',
    networkReasonCode: readText(dispute, 'payment_method_details', 'card', 'network_reason_code'),
    networkReasonDescription: null,
    evidenceDueAt: dueBy === null ? null : fromUnixSeconds(dueBy),
  }
}

/** What the vendor took for handling it; nothing before it has booked the dispute. */
function feeOf(dispute: unknown): bigint {
  const lines = readList(dispute, 'balance_transactions') ?? []
  return lines.reduce((sum: bigint, line) => {
    const fee = fromStripeAmount(readNumber(line, 'fee'), readText(line, 'currency'))
    return sum + (fee === null || fee.amountMinor < 0n ? 0n : fee.amountMinor)
  }, 0n)
}

const FILE_BYTES_MAX = 5 * 1024 * 1024

/**
 * The vendor's text has 20,000 characters, of which 2,000 are kept for the facts; there is one file beside it. Kinds
 * and size: the vendor's "File upload guide".
 */
export const EVIDENCE_LIMITS: EvidenceLimits = {
  textMax: 18_000,
  filesMax: 1,
  fileBytesMax: {
    'application/pdf': FILE_BYTES_MAX,
    'image/png': FILE_BYTES_MAX,
    'image/jpeg': FILE_BYTES_MAX,
  },
}

export async function submitEvidence(
  api: StripeApi,
  request: EvidenceRequest,
): Promise<DisputeAnswer> {
  const { disputeReference, idempotencyKey } = request
  const [file] = request.files
  const text = toTextWithFacts(request)
  return answered(async () => {
    const uploaded =
      file === undefined
        ? null
        : await api.client.files.create(
            {
              purpose: 'dispute_evidence',
              file: { data: file.body, name: file.name, type: file.contentType },
            },
            { idempotencyKey: `${idempotencyKey}:file` },
          )
    const evidence = {
      ...(text === '' ? {} : { uncategorized_text: text }),
      ...(uploaded === null ? {} : { uncategorized_file: uploaded.id }),
    }
    return api.client.disputes.update(
      disputeReference,
      { evidence, submit: true },
      { idempotencyKey },
    )
  })
}

export function acceptDispute(
  api: StripeApi,
  { disputeReference, idempotencyKey }: AcceptRequest,
): Promise<DisputeAnswer> {
  return answered(() => api.client.disputes.close(disputeReference, {}, { idempotencyKey }))
}

async function answered(work: () => Promise<unknown>): Promise<DisputeAnswer> {
  try {
    const status = STATUSES[readText(await work(), 'status') ?? '']
    if (status === undefined) return { kind: 'unknown', cause: 'the gateway answered nonsense' }
    return { kind: 'accepted', status }
  } catch (error) {
    const failure = toFailure(error)
    if (failure.kind === 'silent') return { kind: 'unknown', cause: failure.cause }
    const { code = 'dispute_not_answerable', message } = failure.error
    return { kind: 'refused', code, message }
  }
}
