import { type ErrorCatalogue, conflict, invalid, unknown } from '../../../platform/http/index.ts'
import { invoiceErrors } from '../invoices/errors.ts'
import type { AcceptDifferenceRefusal } from './accept-difference.ts'
import type { ResolveRefusal } from './resolve-difference.ts'

export const differenceErrors: ErrorCatalogue<AcceptDifferenceRefusal | ResolveRefusal> = {
  difference_not_found: unknown('difference'),
  invoice_not_found: invoiceErrors.invoice_not_found,
  difference_not_acceptable: conflict(
    'Only a charge that nothing of ours stands behind can be accepted: one whose difference is open, or was resolved and waits in suspense.',
  ),
  currency_differs: invalid('The charge is in another currency than the invoice.', 'invoice_id'),
  invoice_being_paid: invoiceErrors.invoice_being_paid,
  invoice_not_payable: invoiceErrors.invoice_not_payable,
  invoice_overpaid: invalid('The charge is of more than is owed on this invoice.', 'invoice_id'),
}
