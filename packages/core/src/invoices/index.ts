export { applyCredit, creditReturnTransfers, creditTransfers } from './apply-credit.ts'
export {
  billItems,
  cycleMinor,
  isActiveInCycle,
  type Bill,
  type BillRequest,
} from './bill-items.ts'
export {
  creditableMinor,
  creditNoteTransfers,
  voidCreditNote,
  voidedNoteTransfers,
  writeCreditNote,
  type CreditMethod,
  type CreditNote,
  type CreditNoteGiven,
  type CreditNoteLine,
  type CreditNoteRefusal,
  type CreditNoteWish,
  type VoidNoteRefusal,
} from './credit-note.ts'
export {
  isOpen,
  NEW_INVOICE,
  owedMinor,
  type BillingReason,
  type Invoice,
  type InvoiceLine,
  type InvoiceStatus,
  type LineSource,
} from './invoice.ts'
export {
  finalizeInvoice,
  markOverdue,
  payInvoice,
  reopenInvoice,
  retaxInvoice,
  sendInvoice,
  voidInvoice,
  writeOffInvoice,
  type InvoiceDecision,
} from './moves.ts'
export { concludeCreditNote, reduceCreditNote, reducedNoteTransfers } from './note-by-refund.ts'
export { isRefundGone, refundablePriceOf, refundOfPrice, refundShares } from './refund-shares.ts'
export { taxOfRefund, type GivenBack } from './refund-tax.ts'
export {
  issueTransfers,
  retaxTransfers,
  undoneTaxTransfers,
  voidTransfers,
  writeOffRecoveryTransfers,
  writeOffTransfers,
} from './transfers.ts'
