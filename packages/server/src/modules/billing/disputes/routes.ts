import type { EvidenceFile } from '@perennial/core/payments'
import { encodeId } from '@perennial/core/ids'
import Type, { type Static } from 'typebox'
import { type ApiInstance, ApiRefusal, acceptedOr } from '../../../platform/http/index.ts'
import {
  answerWithDispute,
  DisputeAnswer,
  DisputeParams,
  EvidenceBody,
  EvidenceParams,
  FILE_BYTES_MAX,
} from '../../disputes/index.ts'
import { wireId } from '../../../platform/wire/index.ts'
import type { BillingDeps } from '../scope.ts'
import { addAndSubmit } from './add-and-submit.ts'
import { addEvidence } from './add-evidence.ts'
import { answerDispute } from './answer-dispute.ts'
import { disputeErrors } from './errors.ts'
import { removeEvidence } from './remove-evidence.ts'

const tags = ['Disputes']
/** Ten files would be more than a dispute takes; one of the largest, and some text. */
const BODY_BYTES_MAX = 8 * 1024 * 1024

const RemovedEvidence = Type.Object({
  data: Type.Object({
    id: wireId('dispute_evidence', 'Id of the piece.'),
    deleted: Type.Literal(true, { description: 'Always true.' }),
  }),
})

/** What is answered to disputes. */
export function addDisputeRoutes(app: ApiInstance, deps: BillingDeps): void {
  const config = { scope: 'disputes:write' } as const
  app.post(
    '/disputes/:id/evidence',
    {
      config,
      bodyLimit: BODY_BYTES_MAX,
      schema: {
        tags,
        summary: 'Add evidence to a dispute',
        description:
          'Text, and files of at most 5 MB each (PDF, PNG, JPEG, text), as far as the gateway of the payment takes them: what it does not is refused, and the message names its limit. Nothing reaches the bank before it is submitted; customer, payment and invoice are attached by themselves.',
        params: DisputeParams,
        body: EvidenceBody,
        response: { 200: DisputeAnswer },
      },
    },
    async ({ context, params, body }) => {
      const files = readFiles(body)
      const disputeId = params.id
      const request = { disputeId, text: body.text ?? '', files }
      const add = body.submit === true ? addAndSubmit : addEvidence
      acceptedOr(await add(deps, context, request), disputeErrors)
      return shown(await answerWithDispute(context, disputeId))
    },
  )

  app.delete(
    '/disputes/:id/evidence/:evidenceId',
    {
      config,
      schema: {
        tags,
        summary: 'Take a piece of evidence out that was not handed in',
        params: EvidenceParams,
        response: { 200: RemovedEvidence },
      },
    },
    async ({ context, params }) => {
      const asked = { disputeId: params.id, pieceId: params.evidenceId }
      const id = acceptedOr(await removeEvidence(context, asked), disputeErrors)
      return { data: { id: encodeId('dispute_evidence', id), deleted: true as const } }
    },
  )

  for (const answer of ['submit', 'accept'] as const) {
    app.post(
      `/disputes/:id/${answer}`,
      {
        config,
        schema: {
          tags,
          summary:
            answer === 'submit' ? 'Hand the evidence in' : 'Accept a dispute: it is lost at once',
          params: DisputeParams,
          response: { 200: DisputeAnswer },
        },
      },
      async ({ context, params }) => {
        const asked = { disputeId: params.id, answer }
        const id = acceptedOr(await answerDispute(deps, context, asked), disputeErrors)
        return shown(await answerWithDispute(context, id))
      },
    )
  }
}

function shown(answer: Static<typeof DisputeAnswer> | null): Static<typeof DisputeAnswer> {
  if (answer === null) throw ApiRefusal.notFound('dispute')
  return answer
}

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/

function readFiles({ files }: Static<typeof EvidenceBody>): EvidenceFile[] {
  return files.map(({ name, content_type: contentType, content_base64: text }, index) => {
    const param = `files[${index}].content_base64`
    if (!BASE64.test(text)) throw ApiRefusal.invalid(param, 'This is not base64.')
    const body = Buffer.from(text, 'base64')
    if (body.length > FILE_BYTES_MAX) throw ApiRefusal.invalid(param, 'A file has at most 5 MB.')
    if (!isOfType(body, contentType))
      throw ApiRefusal.invalid(param, `This is no ${contentType} by its first bytes.`)
    return { name, contentType, body }
  })
}

const FIRST_BYTES: Readonly<Record<EvidenceFile['contentType'], string>> = {
  'application/pdf': '%PDF-',
  'image/png': '\x89PNG',
  'image/jpeg': '\xff\xd8\xff',
  'text/plain': '',
}

function isOfType(body: Buffer, type: EvidenceFile['contentType']): boolean {
  const first = FIRST_BYTES[type]
  return body.subarray(0, first.length).toString('latin1') === first
}
