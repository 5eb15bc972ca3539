import { assertNever } from '../../fault/index.ts'
import type { EvidenceFile } from './gateway-dispute.ts'

/** What a gateway takes as an answer to a dispute. Nothing is cut or left out to fit: what does not is refused unasked. */
export type EvidenceLimits = {
  /** Characters of all text together, beside the facts; 0 = it takes documents alone, and so needs one. */
  readonly textMax: number
  readonly filesMax: number
  /** The kinds of file that are taken, each with the bytes of the largest. */
  readonly fileBytesMax: Readonly<Partial<Record<EvidenceFile['contentType'], number>>>
}

/** Pieces of evidence as far as limits look at them. */
export type EvidenceOutline = {
  readonly text: string
  readonly files: readonly (Pick<EvidenceFile, 'name' | 'contentType'> & {
    readonly sizeBytes: number
  })[]
}

export type EvidenceProblem =
  | { readonly kind: 'text_not_taken' }
  | { readonly kind: 'text_too_long'; readonly length: number }
  | { readonly kind: 'file_not_taken'; readonly name: string }
  | { readonly kind: 'file_too_large'; readonly name: string; readonly bytesMax: number }
  | { readonly kind: 'too_many_files'; readonly count: number }
  | { readonly kind: 'file_missing' }

/** Why a gateway would not take this as its whole answer, in the order of the union; null = it would. */
export function findEvidenceProblem(
  { textMax, filesMax, fileBytesMax }: EvidenceLimits,
  { text, files }: EvidenceOutline,
): EvidenceProblem | null {
  const needsFile = textMax === 0
  if (needsFile && text !== '') return { kind: 'text_not_taken' }
  if (text.length > textMax) return { kind: 'text_too_long', length: text.length }
  for (const { name, contentType, sizeBytes } of files) {
    const bytesMax = fileBytesMax[contentType]
    if (bytesMax === undefined) return { kind: 'file_not_taken', name }
    if (sizeBytes > bytesMax) return { kind: 'file_too_large', name, bytesMax }
  }
  if (files.length > filesMax) return { kind: 'too_many_files', count: files.length }
  return needsFile && files.length === 0 ? { kind: 'file_missing' } : null
}

const FILE_TYPES: readonly (readonly [EvidenceFile['contentType'], string])[] = [
  ['application/pdf', 'PDF'],
  ['image/png', 'PNG'],
  ['image/jpeg', 'JPEG'],
  ['text/plain', 'text'],
]

const BYTES_PER_MB = 1024 * 1024

/** A problem as a sentence that names the gateway's own limit and the way out. */
export function explainEvidenceProblem(limits: EvidenceLimits, problem: EvidenceProblem): string {
  const { textMax, filesMax, fileBytesMax } = limits
  const taken = FILE_TYPES.filter(([type]) => fileBytesMax[type] !== undefined)
  const types = taken.map(([, name]) => name).join(', ')
  switch (problem.kind) {
    case 'text_not_taken':
      return `This gateway takes no text: put it into a document (${types}).`
    case 'text_too_long':
      return `This gateway takes ${textMax} characters of text in all, and this makes ${problem.length}: put the rest into a document.`
    case 'file_not_taken':
      return `This gateway takes files of these kinds: ${types}. "${problem.name}" is none of them.`
    case 'file_too_large':
      return `This gateway takes such files up to ${problem.bytesMax / BYTES_PER_MB} MB. "${problem.name}" is larger.`
    case 'too_many_files':
      return `This gateway takes ${filesMax} ${filesMax === 1 ? 'file' : 'files'} in all, and this makes ${problem.count}: put the documents into one PDF.`
    case 'file_missing':
      return `This gateway takes documents alone (${types}): add one.`
    default:
      return assertNever(problem)
  }
}
