export {
  changeKept,
  createKept,
  type Deletable,
  deleteKept,
  type Kept,
  type KeptFields,
  readKept,
} from './kept.ts'
export {
  findKept,
  findManyKept,
  listKept,
  statusOf,
  type KeptRow,
  type KeptTable,
} from './queries.ts'
