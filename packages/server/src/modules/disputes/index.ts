export { changeDispute } from './change-dispute.ts'
export { changeDisputeErrors } from './errors.ts'
export { FILE_BYTES_MAX, toEvidenceRequest, type Evidence } from './evidence.ts'
export {
  insertEvidence,
  listEvidence,
  markEvidenceSubmitted,
  weighEvidence,
} from './queries/evidence.ts'
export {
  findDispute,
  findDueDisputes,
  insertDisputes,
  listDisputesOf,
  listOnDispute,
  lockDispute,
  lockDisputeOf,
  updateDisputes,
} from './queries/disputes.ts'
export { answerWithDispute, DisputeAnswer, disputesRoutes } from './routes.ts'
export { DisputeParams, EvidenceBody } from './schemas.ts'
export { toWireDispute } from './wire.ts'
