import type { Uuid } from '@perennial/core/ids'
import type { EvidenceFile, EvidenceOutline } from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'

export const FILE_TYPES = ['application/pdf', 'image/png', 'image/jpeg', 'text/plain'] as const
/** Of one file; the database refuses more. */
export const FILE_BYTES_MAX = 5 * 1024 * 1024

/** One piece without its body. */
export type EvidenceNote = {
  readonly id: Uuid
  readonly kind: 'text' | 'file'
  readonly name: string
  readonly contentType: string
  readonly sizeBytes: number
  readonly createdAt: Instant
  readonly submittedAt: Instant | null
}

export type Evidence = EvidenceNote & { readonly body: Uint8Array }

/** As far as a gateway's limits look at it: the bodies of files are not read. */
export function outlineEvidence(
  evidence: readonly Pick<Evidence, 'kind' | 'name' | 'contentType' | 'sizeBytes' | 'body'>[],
): EvidenceOutline {
  const files = evidence.flatMap(({ kind, name, contentType, sizeBytes }) =>
    kind === 'file' && isFileType(contentType) ? [{ name, contentType, sizeBytes }] : [],
  )
  return { text: joinTexts(evidence), files }
}

/** As a gateway takes it: all text together, and the files. */
export function toEvidenceRequest(evidence: readonly Evidence[]): {
  readonly text: string
  readonly files: readonly EvidenceFile[]
} {
  const files = evidence.flatMap(({ kind, name, contentType, body }) =>
    kind === 'file' && isFileType(contentType) ? [{ name, contentType, body }] : [],
  )
  return { text: joinTexts(evidence), files }
}

function joinTexts(evidence: readonly Pick<Evidence, 'kind' | 'body'>[]): string {
  const decoder = new TextDecoder()
  const texts = evidence.filter(({ kind }) => kind === 'text')
  return texts.map(({ body }) => decoder.decode(body)).join('\n\n')
}

export function isFileType(text: string): text is EvidenceFile['contentType'] {
  return FILE_TYPES.some((type) => type === text)
}
