export {
  FILE_BYTES_MAX,
  insertEvidence,
  listEvidence,
  markEvidenceSubmitted,
  toEvidenceRequest,
  weighEvidence,
} from './evidence.ts'
export {
  findDispute,
  findDueDisputes,
  findOnDispute,
  insertDisputes,
  listDisputesOf,
  lockDispute,
  lockDisputeOf,
  updateDisputes,
} from './queries.ts'
export { answerWithDispute, DisputeAnswer, disputesRoutes } from './routes.ts'
export { DisputeParams, EvidenceBody } from './schemas.ts'
export { toWireDispute } from './wire.ts'
