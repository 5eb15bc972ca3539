import type { DoubleAnswer } from '../json-server.ts'
import { newPspReference, type Dispute, type Payment, type PaymentBook } from './payment-book.ts'

export function openDispute(book: PaymentBook, payment: Payment): Dispute {
  const dispute: Dispute = {
    pspReference: newPspReference(),
    payment,
    status: 'open',
    documents: [],
  }
  book.disputes.set(dispute.pspReference, dispute)
  return dispute
}

type DisputeRequest = {
  readonly disputePspReference?: string
  readonly merchantAccountCode?: string
  readonly defenseReasonCode?: string
  readonly defenseDocuments?: readonly {
    readonly content?: string
    readonly contentType?: string
    readonly defenseDocumentTypeCode?: string
  }[]
}

const REASON = {
  defenseReasonCode: 'SupplyDefenseMaterial',
  satisfied: false,
  defenseDocumentTypes: [
    {
      defenseDocumentTypeCode: 'DefenseMaterial',
      available: false,
      requirementLevel: 'Required',
    },
  ],
}
const CONTENT_TYPES = ['application/pdf', 'image/jpg', 'image/jpeg', 'image/tiff', 'image/png']

/** The Disputes API: every method is a POST, and tells whether it went well in `disputeServiceResult`. */
export function answerDispute(book: PaymentBook, method: string, json: unknown): DoubleAnswer {
  const request = (json ?? {}) as DisputeRequest
  const dispute = book.disputes.get(request.disputePspReference ?? '')
  if (dispute === undefined || request.merchantAccountCode === undefined)
    return failed('Dispute was not found')
  if (method === 'retrieveApplicableDefenseReasons')
    return { status: 200, body: { ...done, defenseReasons: [REASON] } }
  if (dispute.status !== 'open') return failed('Dispute is not open')
  switch (method) {
    case 'acceptDispute':
      dispute.status = 'accepted'
      return { status: 200, body: done }
    case 'supplyDefenseDocument': {
      const documents = request.defenseDocuments ?? []
      if (documents.some(({ contentType = '' }) => !CONTENT_TYPES.includes(contentType)))
        return failed('Content type is not allowed')
      dispute.documents.push(
        ...documents.map(({ content = '' }) => Buffer.from(content, 'base64').toString()),
      )
      return { status: 200, body: done }
    }
    case 'defendDispute': {
      if (request.defenseReasonCode !== REASON.defenseReasonCode) return failed('Unknown reason')
      if (dispute.documents.length === 0) return failed('Required documents are missing')
      dispute.status = 'defended'
      return { status: 200, body: done }
    }
    default:
      return { status: 404 }
  }
}

const done = { disputeServiceResult: { success: true } }

function failed(errorMessage: string): DoubleAnswer {
  return { status: 200, body: { disputeServiceResult: { success: false, errorMessage } } }
}
