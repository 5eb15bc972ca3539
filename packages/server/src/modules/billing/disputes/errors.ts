import {
  type ErrorCatalogue,
  conflict,
  impossible,
  invalid,
  unknown,
} from '../../../platform/http/index.ts'
import type { AnswerRefusal } from './answer-dispute.ts'
import type { EvidenceRefusal } from './add-evidence.ts'
import type { RemovalRefusal } from './remove-evidence.ts'

export const disputeErrors: ErrorCatalogue<AnswerRefusal | EvidenceRefusal | RemovalRefusal> = {
  dispute_not_found: unknown('dispute'),
  dispute_closed: conflict('This dispute is closed: nothing can be said about it any more.'),
  dispute_answered: conflict(
    'This dispute has been answered. Evidence is handed in once; the bank decides now.',
  ),
  deadline_passed: conflict('The deadline for evidence has passed.'),
  evidence_missing: invalid(
    'There is no evidence yet. Add text or files first, or accept the dispute.',
    'text',
  ),
  evidence_full: conflict('A dispute takes at most 20 pieces of evidence and 20 MB of files.'),
  evidence_not_found: unknown('evidence'),
  evidence_submitted: conflict('This piece has been handed in, and stays.'),
  evidence_not_taken: impossible('The gateway does not take this evidence.'),
  gateway_takes_no_evidence: conflict(
    'This gateway takes no answers from here. Answer in its own dashboard; what comes of it is followed.',
  ),
  gateway_refused: impossible('The gateway did not take this answer.'),
  gateway_unreachable: {
    status: 503,
    type: 'api_error',
    code: 'gateway_unreachable',
    message: 'The gateway does not answer. Please submit or accept again: it counts once.',
  },
}
