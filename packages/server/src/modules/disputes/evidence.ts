import type { Uuid } from '@perennial/core/ids'
import type { EvidenceFile } from '@perennial/core/payments'
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

/** As a gateway takes it: all text together, and the files. */
export function toEvidenceRequest(evidence: readonly Evidence[]): {
  readonly text: string
  readonly files: readonly EvidenceFile[]
} {
  const decoder = new TextDecoder()
  const texts = evidence.filter(({ kind }) => kind === 'text')
  const text = texts.map(({ body }) => decoder.decode(body)).join('\n\n')
  const files = evidence.flatMap(({ kind, name, contentType, body }) =>
    kind === 'file' && isFileType(contentType) ? [{ name, contentType, body }] : [],
  )
  return { text, files }
}

export function isFileType(text: string): text is EvidenceFile['contentType'] {
  return FILE_TYPES.some((type) => type === text)
}
