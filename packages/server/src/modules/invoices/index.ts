export {
  claimOverdueInvoices,
  findInvoice,
  insertInvoiceLines,
  insertInvoices,
  listInvoiceLines,
  lockInvoices,
  takeInvoiceNumbers,
  updateInvoices,
} from './queries.ts'
export { storedCurrency } from './rows.ts'
export { toWireInvoice } from './wire.ts'
