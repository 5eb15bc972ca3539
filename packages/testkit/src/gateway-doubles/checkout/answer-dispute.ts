import type { DoubleAnswer, DoubleRequest } from '../json-server.ts'
import { randomName } from '../random-name.ts'
import type { Payment, PaymentBook } from './payment-book.ts'

export function openDispute(book: PaymentBook, payment: Payment): string {
  const id = `dsp_${randomName(20)}`
  book.disputes.set(id, { status: 'evidence_required', evidence: { of: payment.id } })
  return id
}

/** `POST /files`, a form with the purpose `dispute_evidence`. */
export function keepFile(book: PaymentBook, { text, headers }: DoubleRequest): DoubleAnswer {
  const isForm = headers['content-type']?.startsWith('multipart/form-data') === true
  if (!isForm || !text.includes('dispute_evidence')) return { status: 422 }
  const id = `file_${randomName(26)}`
  book.files.set(id, text)
  return { status: 200, body: { id } }
}

/** `GET /disputes/{id}`, `POST …/accept`, `PUT …/evidence`, `POST …/evidence`. */
export function answerDispute(book: PaymentBook, request: DoubleRequest): DoubleAnswer {
  const [, id = '', verb = ''] = request.path.slice(1).split('/')
  const dispute = book.disputes.get(id)
  if (dispute === undefined) return { status: 404 }
  if (request.method === 'GET') return { status: 200, body: { id, status: dispute.status } }
  if (dispute.status !== 'evidence_required')
    return {
      status: 422,
      body: { error_type: 'invalid_request', error_codes: ['dispute_invalid_status'] },
    }
  if (verb === 'accept') dispute.status = 'accepted'
  if (verb === 'evidence' && request.method === 'PUT') {
    const given = (request.json ?? {}) as { readonly additional_evidence_file?: string }
    const { additional_evidence_file: file } = given
    if (file !== undefined && !book.files.has(file))
      return { status: 422, body: { error_codes: ['invalid_file'] } }
    dispute.evidence = request.json
  }
  if (verb === 'evidence' && request.method === 'POST') dispute.status = 'evidence_under_review'
  return { status: 204 }
}
