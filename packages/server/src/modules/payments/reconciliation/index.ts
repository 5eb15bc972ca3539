export { compareBooks } from './queries/find-differences.ts'
export { insertPayouts, keepMovements, sumPayouts } from './queries/keep-movements.ts'
export { listKnownRefunds } from './queries/known-refunds.ts'
export { matchMovements } from './queries/match-movements.ts'
export {
  acceptDifference,
  claimReconciliation,
  closeDifference,
  countOpenDifferences,
  findDifference,
  finishReconciliation,
  listComparedGateways,
  saveReconcileCursor,
  startReconciliation,
  type ComparedGateway,
  type DifferenceRow,
  type ReconciliationCounts,
} from './queries/runs.ts'
export {
  findGatewayByName,
  findSettledGateway,
  listChangedLines,
  listPayoutSums,
  listUnmatchedLines,
  type PayoutSum,
} from './queries/settlements.ts'
export {
  lockLine,
  matchLine,
  setCorrectionsAside,
  setLineAside,
  type Line,
} from './queries/set-aside.ts'
export { addReconciliationRoutes } from './routes.ts'
export {
  AcceptDifferenceBody,
  DifferenceItem,
  DifferenceParams,
  ResolveBody,
  toWireDifference,
} from './schemas.ts'
