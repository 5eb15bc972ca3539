export {
  isClosed,
  isMoneyTaken,
  isWarning,
  needsResponse,
  openDispute,
  type Dispute,
  type DisputeStatus,
} from './dispute.ts'
export { acceptDispute, hearDispute, missDeadline, submitEvidence } from './moves.ts'
export {
  disputeFeeTransfers,
  disputeReturnTransfers,
  disputeTransaction,
  disputeTransfers,
} from './transfers.ts'
