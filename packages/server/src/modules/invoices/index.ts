export {
  changeBalances,
  findCreditNote,
  isCreditNoteKeyUsed,
  insertCreditNoteLines,
  insertCreditNotes,
  listCreditNoteLines,
  listCreditNotes,
  listBalances,
  lockBalances,
  lockCreditNote,
  markAppliedNotes,
  takeCreditNoteNumbers,
  updateCreditNotes,
  updateNoteLines,
  type CustomerBalance,
} from './credit-notes/queries.ts'
export {
  CreditEligibility,
  CreditedCustomerParams,
  CreditedInvoiceParams,
  CreditNoteCreateBody,
  CreditNoteItem,
  CreditNoteLineItem,
  CreditNoteLinesQuery,
  CreditNoteListQuery,
  CreditNoteParams,
  CreditNotePreview,
  CreditNotePreviewBody,
  CustomerCreditItem,
  GatewayOperation,
  InvoiceCredit,
  ReversalEligibility,
  ReversalQuery,
  ReversedTransactionParams,
} from './credit-notes/schemas.ts'
export { toWireCreditNote, toWireCreditNoteLine } from './credit-notes/wire.ts'
export { toMailLines } from './mail-lines.ts'
export {
  claimOverdueInvoices,
  deleteDraft,
  deleteInvoiceLines,
  findInvoice,
  findInvoices,
  hasNumbersWith,
  insertInvoiceLines,
  insertInvoices,
  listInvoiceLines,
  listOpenInvoiceIds,
  lockInvoices,
  takeInvoiceNumbers,
  updateInvoiceDetails,
  updateInvoices,
} from './queries.ts'
export { answerWithInvoice, invoicesRoutes } from './routes.ts'
export { PAYMENT_RAILS, storedCurrency, type PaymentRail, type StoredInvoice } from './rows.ts'
export { InvoiceAnswer, InvoiceParams } from './schemas.ts'
export { toWireInvoice } from './wire.ts'
