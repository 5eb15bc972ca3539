export { compareBooks, type Compared } from './find-differences.ts'
export { insertPayouts, keepMovements, sumPayouts } from './keep-movements.ts'
export { matchMovements } from './match-movements.ts'
export {
  countOpenDifferences,
  finishReconciliation,
  listComparedGateways,
  saveReconcileCursor,
  startReconciliation,
  type ComparedGateway,
  type ReconciliationCounts,
} from './queries.ts'
export { addReconciliationRoutes } from './routes.ts'
