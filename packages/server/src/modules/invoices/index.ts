export {
  claimOverdueInvoices,
  deleteDraft,
  deleteInvoiceLines,
  findInvoice,
  hasNumbersWith,
  insertInvoiceLines,
  insertInvoices,
  listInvoiceLines,
  lockInvoices,
  takeInvoiceNumbers,
  updateInvoiceDetails,
  updateInvoices,
} from './queries.ts'
export { answerWithInvoice, invoicesRoutes } from './routes.ts'
export { PAYMENT_RAILS, storedCurrency, type PaymentRail, type StoredInvoice } from './rows.ts'
export { InvoiceAnswer, InvoiceParams } from './schemas.ts'
export { toWireInvoice } from './wire.ts'
