export { changeDispute } from './change-dispute.ts'
export { changeDisputeErrors } from './errors.ts'
export { FILE_BYTES_MAX, outlineEvidence, toEvidenceRequest, type Evidence } from './evidence.ts'
export {
  deleteEvidence,
  insertEvidence,
  listEvidence,
  listEvidenceNotes,
  listEvidenceTexts,
  markEvidenceSubmitted,
} from './queries/evidence.ts'
export {
  findDispute,
  findDueDisputes,
  insertDisputes,
  listDisputesOf,
  listOnDispute,
  lockDispute,
  lockDisputesOf,
  updateDisputes,
} from './queries/disputes.ts'
export { answerWithDispute, DisputeAnswer, disputesRoutes } from './routes.ts'
export { DisputeParams, EvidenceBody, EvidenceParams } from './schemas.ts'
export { toWireDispute } from './wire.ts'
