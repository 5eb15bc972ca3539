export { mandateLookUpRoutes } from './look-up-routes.ts'
export { toCollectionEvent } from './mandate-events.ts'
export { checkLodgements } from './move-mandate.ts'
export { onBacsDay } from './schedule-collection.ts'
export { findMandate } from '../queries/mandates.ts'
export {
  listDueCollections,
  lockCollectionOf,
  moveCollection,
  type CollectionRow,
} from '../queries/mandate-collections.ts'
