import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  explainEvidenceProblem,
  findEvidenceProblem,
  type EvidenceLimits,
} from './evidence-limits.ts'
import type { EvidenceFile } from './gateway-dispute.ts'

const MB = 1024 * 1024
const ONE_FILE: EvidenceLimits = {
  textMax: 500,
  filesMax: 1,
  fileBytesMax: { 'application/pdf': 4 * MB, 'image/png': 4 * MB, 'image/jpeg': 4 * MB },
}
const DOCUMENTS: EvidenceLimits = { ...ONE_FILE, textMax: 0, filesMax: 20 }

const file = (name: string, contentType: EvidenceFile['contentType'], sizeBytes = MB) => ({
  name,
  contentType,
  sizeBytes,
})
const pdf = file('a.pdf', 'application/pdf')
const large = file('b.pdf', 'application/pdf', 4 * MB + 1)
const txt = file('a.txt', 'text/plain')
const long = 'x'.repeat(501)

const CASES: readonly (readonly [
  limits: EvidenceLimits,
  text: string,
  files: readonly ReturnType<typeof file>[],
  answer: string | null,
])[] = [
  [ONE_FILE, 'x'.repeat(500), [pdf], null],
  [ONE_FILE, 'It was delivered.', [], null],
  [ONE_FILE, long, [], 'This gateway takes 500 characters of text in all, and this makes 501: put the rest into a document.'],
  [ONE_FILE, '', [txt], 'This gateway takes files of these kinds: PDF, PNG, JPEG. "a.txt" is none of them.'],
  [ONE_FILE, '', [large], 'This gateway takes such files up to 4 MB. "b.pdf" is larger.'],
  [ONE_FILE, '', [pdf, pdf], 'This gateway takes 1 file in all, and this makes 2: put the documents into one PDF.'],
  [DOCUMENTS, '', [pdf, pdf], null],
  [DOCUMENTS, 'Delivered.', [pdf], 'This gateway takes no text: put it into a document (PDF, PNG, JPEG).'],
  [DOCUMENTS, '', [], 'This gateway takes documents alone (PDF, PNG, JPEG): add one.'],
] // prettier-ignore

for (const [limits, text, files, answer] of CASES)
  test(`${text.length} characters and ${files.length} files: ${answer ?? 'taken'}`, () => {
    const problem = findEvidenceProblem(limits, { text, files })
    assert.equal(problem && explainEvidenceProblem(limits, problem), answer)
  })
