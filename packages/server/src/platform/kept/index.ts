export { addArchiveRoute, addDeleteRoute, addKeptRoutes, type KeptResource } from './kept-routes.ts'
export { createKept, type Deletable, type Kept, type KeptFields, readKept } from './kept.ts'
export { findKept, findManyKept, listKept, statusOf, type KeptRow } from './queries.ts'
