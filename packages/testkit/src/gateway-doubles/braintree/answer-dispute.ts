import type { DoubleAnswer } from '../json-server.ts'
import { randomName } from '../random-name.ts'
import type { BookedDispute, BraintreeBook } from './braintree-book.ts'
import { textOf } from '../read-request.ts'
import { disputeRecord, errorAnswer, notFound, xmlAnswer } from './wire.ts'

export function openDispute(book: BraintreeBook, transactionId: string): BookedDispute {
  const dispute: BookedDispute = {
    id: randomName(16),
    transactionId,
    status: 'open',
    evidence: [],
    isEndLost: false,
  }
  book.disputes.set(dispute.id, dispute)
  return dispute
}

/** `POST /document_uploads`: a form of two parts, the kind and the file. */
export function keepDocument(book: BraintreeBook, form: string): DoubleAnswer {
  const isEvidence = /name="document_upload\[kind\]"\r\n\r\nevidence_document\r\n/.test(form)
  const name = /name="file"; filename="([^"]+)"/.exec(form)?.[1]
  if (!isEvidence || name === undefined)
    return errorAnswer('document_upload', {
      message: 'Kind is invalid.',
      errors: [{ code: '84901', attribute: 'kind', message: 'Kind is invalid.' }],
    })
  const id = randomName(16)
  book.documents.set(id, name)
  return xmlAnswer(201, 'document_upload', { id, kind: 'evidence_document', name })
}

/** `GET /disputes/{id}`, `POST …/evidence`, `DELETE …/evidence/{id}`, `PUT …/finalize`, `PUT …/accept`. */
export function answerDispute(
  book: BraintreeBook,
  request: {
    readonly method: string
    readonly id: string
    readonly verb: string
    readonly evidenceId: string
    readonly body: unknown
  },
): DoubleAnswer {
  const dispute = book.disputes.get(request.id)
  if (dispute === undefined) return notFound()
  const call = `${request.method} ${request.verb}`.trim()
  if (call === 'GET') return xmlAnswer(200, 'dispute', disputeRecord(dispute, book))
  if (dispute.status !== 'open')
    return errorAnswer('dispute', {
      message: 'Disputes can only be answered while they are open.',
      errors: [
        {
          code: '95701',
          attribute: 'status',
          message: 'Disputes can only be answered while open.',
        },
      ],
    })
  if (call === 'POST evidence') {
    const comments = textOf(request.body, 'evidence', 'comments')
    const document = book.documents.get(
      textOf(request.body, 'evidence', 'document_upload_id') ?? '',
    )
    if (comments === undefined && document === undefined) return notFound()
    const id = randomName(16)
    const [comment, file] = [comments ?? null, document ?? null]
    dispute.evidence.push({ id, comment, file, createdAt: new Date() })
    return xmlAnswer(201, 'evidence', { id, comment })
  }
  if (call === 'DELETE evidence') {
    const index = dispute.evidence.findIndex(({ id }) => id === request.evidenceId)
    if (index === -1) return notFound()
    dispute.evidence.splice(index, 1)
    return { status: 200, body: ' ' }
  }
  if (call === 'PUT finalize' && dispute.isEndLost) {
    dispute.isEndLost = false
    return { status: 503, body: ' ' }
  }
  if (call !== 'PUT finalize' && call !== 'PUT accept') return notFound()
  dispute.status = call === 'PUT accept' ? 'accepted' : 'disputed'
  return xmlAnswer(200, 'dispute', disputeRecord(dispute, book))
}
