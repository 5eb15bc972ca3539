import {
  explainEvidenceProblem,
  findEvidenceProblem,
  type EvidenceLimits,
  type EvidenceOutline,
} from '@perennial/core/payments'
import type { Evidence } from '../../disputes/index.ts'

/**
 * The pieces that the next answer is made of: those that were not handed in yet; without any, those that were, for a
 * dispute that was taken up again.
 */
export function pickAnswer<Piece extends Pick<Evidence, 'submittedAt'>>(
  kept: readonly Piece[],
): readonly Piece[] {
  const fresh = kept.filter(({ submittedAt }) => submittedAt === null)
  return fresh.length > 0 ? fresh : kept
}

/** Why a gateway would not take this as its whole answer, in a sentence, and which field says it; null = it would. */
export function explainUnsuited(
  limits: EvidenceLimits,
  outline: EvidenceOutline,
): { readonly message: string; readonly param: 'text' | 'files' } | null {
  const problem = findEvidenceProblem(limits, outline)
  if (problem === null) return null
  const isOfText = problem.kind === 'text_not_taken' || problem.kind === 'text_too_long'
  return {
    message: explainEvidenceProblem(limits, problem),
    param: isOfText ? 'text' : 'files',
  }
}
