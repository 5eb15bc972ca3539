export {
  findDueCases,
  insertCases,
  listInvoicesWithClosedCase,
  listOpenCases,
  updateCases,
} from './queries.ts'
