export {
  findTransfersOf,
  insertTransfers,
  listStandingOfRefund,
  listTaxGivenBack,
  listTransfers,
  sumPostings,
  type TransfersOf,
} from './queries.ts'
