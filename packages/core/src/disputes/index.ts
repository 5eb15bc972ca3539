export {
  isClosed,
  isMoneyTaken,
  isWarning,
  needsResponse,
  openDispute,
  type Dispute,
  type DisputeStatus,
} from './dispute.ts'
export { hearDispute, missDeadline, submitEvidence } from './moves.ts'
export {
  disputeFeeTransfers,
  disputeReturnTransfers,
  disputeTransaction,
  disputeTransfers,
} from './transfers.ts'
