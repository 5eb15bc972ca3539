export {
  findClosedCase,
  findDueCases,
  insertCases,
  listInvoicesWithClosedCase,
  listOpenCases,
  updateCases,
} from './queries.ts'
