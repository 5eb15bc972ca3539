export { mandateLookUpRoutes } from './look-up-routes.ts'
export { toCollectionEvent } from './mandate-events.ts'
export { checkLodgements } from './move-mandate.ts'
export { toCollectionRow, toDates } from './schedule-collection.ts'
export { findMandates } from '../queries/mandates.ts'
export {
  insertAnnounced,
  listDueCollections,
  lockCollectionOf,
  lockCollections,
  moveCollections,
  type CollectionRow,
} from '../queries/mandate-collections.ts'
