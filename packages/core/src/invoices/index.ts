export { billItems, type Bill, type BillRequest } from './bill-items.ts'
export {
  isOpen,
  owedMinor,
  type BillingReason,
  type Invoice,
  type InvoiceLine,
  type InvoiceStatus,
} from './invoice.ts'
export {
  finalizeInvoice,
  markOverdue,
  payInvoice,
  reopenInvoice,
  sendInvoice,
  voidInvoice,
  writeOffInvoice,
  type InvoiceDecision,
  type InvoiceRefusal,
} from './moves.ts'
export {
  issueTransfers,
  voidTransfers,
  writeOffRecoveryTransfers,
  writeOffTransfers,
} from './transfers.ts'
