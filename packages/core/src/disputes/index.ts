export {
  isClosed,
  isMoneyTaken,
  isWarning,
  needsResponse,
  openDispute,
  type Dispute,
  type DisputeStatus,
  type NewDispute,
  type Resolution,
} from './dispute.ts'
export { hearDispute, missDeadline, submitEvidence, type DisputeDecision } from './moves.ts'
export { disputeReturnTransfers, disputeTransaction, disputeTransfers } from './transfers.ts'
