export {
  findTransfersOf,
  insertTransfers,
  listTransfers,
  sumPostings,
  type TransfersOf,
} from './queries.ts'
