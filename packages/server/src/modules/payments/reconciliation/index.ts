export { compareBooks } from './queries/find-differences.ts'
export { insertPayouts, keepMovements, sumPayouts } from './queries/keep-movements.ts'
export { listKnownRefunds } from './queries/known-refunds.ts'
export { matchMovements } from './queries/match-movements.ts'
export {
  claimReconciliation,
  countOpenDifferences,
  finishReconciliation,
  listComparedGateways,
  saveReconcileCursor,
  startReconciliation,
  type ComparedGateway,
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
export { addReconciliationRoutes } from './routes.ts'
