export { changeKept, createKept, type Kept, type KeptFields } from './kept.ts'
export { findKept, findManyKept, listKept, statusOf, type KeptRow } from './queries.ts'
