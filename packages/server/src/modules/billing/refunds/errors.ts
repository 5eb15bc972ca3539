import type { CreditNoteRefusal, VoidNoteRefusal } from '@perennial/core/invoices'
import {
  type ErrorCatalogue,
  conflict,
  illegal,
  invalid,
  unknown,
} from '../../../platform/http/index.ts'
import type { CreateRefundRefusal } from './create-refund.ts'
import type { CreateNoteRefusal } from './credit-notes/create-credit-note.ts'
import type { RefundRenewalRefusal } from './refund-bill.ts'
import type { VoidCreditNoteRefusal } from './credit-notes/void-credit-note.ts'
import type { VoidRefusal } from './voids/void-payment.ts'

export const refundErrors: ErrorCatalogue<CreateRefundRefusal | RefundRenewalRefusal> = {
  // The published API answers 400 here, and not 404 (revkeen 5.16).
  payment_unknown: invalid('No such payment.', 'payment_id'),
  invoice_not_found: unknown('invoice', 'id'),
  invoice_line_not_found: unknown('line of this invoice', 'line_item_id'),
  renewal_not_found: unknown('renewal', 'id'),
  invoice_not_paid: illegal('Nothing was paid on this invoice, so there is nothing to refund.'),
  payment_being_voided: conflict('This payment is called off, or is being called off.'),
  payment_not_refundable: invalid('Only a payment that succeeded can be refunded.', 'payment_id'),
  payment_taken_back: illegal(
    'The bank has taken this payment back (a dispute or a returned debit), so there is nothing left to refund.',
  ),
  payment_already_refunded: invalid('All of this payment has been given back.', 'payment_id'),
  refund_above_rest: invalid(
    'That is more than is left of this payment. amount_refunded tells what was given back, refunds under way included.',
    'amount_minor',
  ),
  gateway_cannot_refund: illegal(
    'The gateway that took this payment cannot refund it from here. Refund it on the gateway’s own pages.',
  ),
  gateway_refunds_in_full_only: invalid(
    'The gateway that took this payment refunds it whole or not at all. Leave the amount out.',
    'amount_minor',
  ),
  line_already_refunded: invalid('Nothing is left of this line to give back.', 'line_item_id'),
  refund_above_line: invalid(
    'That is more than is left of the price of this line. Refunds that are under way count.',
    'amount_minor',
  ),
  no_single_payment_covers: invalid(
    'No single payment of this invoice has that much left. Set auto_route to true to refund several.',
    'amount_minor',
  ),
}

export const voidErrors: ErrorCatalogue<VoidRefusal> = {
  payment_not_found: unknown('payment', 'payment_id'),
  payment_being_voided: conflict('This payment is called off, or is being called off.'),
  payment_not_voidable: invalid('Only a payment that succeeded can be called off.', 'payment_id'),
  payment_taken_back: illegal(
    'The bank has taken this payment back (a dispute or a returned debit), so there is nothing left to call off.',
  ),
  payment_has_refunds: illegal(
    'Part of this payment has been given back, so it cannot be called off whole. Refund the rest.',
  ),
  payment_has_no_gateway: illegal(
    'This payment came without a gateway, so there is nothing to call off. Refund it instead.',
  ),
  gateway_cannot_void: illegal(
    'The gateway that took this payment cannot call it off. Refund it instead.',
  ),
}

const noteRules: ErrorCatalogue<CreditNoteRefusal | VoidNoteRefusal> = {
  invoice_not_creditable: illegal(
    'Nothing is left to credit: only what was paid on an invoice, and neither given back nor taken by a bank, can be.',
  ),
  credit_above_paid: invalid(
    'That is more than can be credited. The eligibility of the invoice tells max_creditable_minor.',
    'amount_minor',
  ),
  tax_above_amount: invalid('The tax is part of the amount.', 'tax_amount_minor'),
  tax_above_invoice: invalid(
    'The invoice had less tax than that, or refunds and credit notes have given some of it back.',
    'tax_amount_minor',
  ),
  proration_days_inverted: invalid(
    'There cannot be more unused days than days.',
    'proration_days_unused',
  ),
  credit_note_already_void: illegal('This credit note is void already.'),
  credit_note_not_issued: illegal('Only a credit note that is issued can be voided.'),
  credit_note_refunded: illegal(
    'The money of this credit note has gone back, so it cannot be voided. Collect it with a new invoice.',
  ),
  credit_already_used: illegal(
    'The customer has used this credit, so it cannot be taken back. Collect it with a new invoice.',
  ),
}

export const creditNoteErrors: ErrorCatalogue<CreateNoteRefusal | VoidCreditNoteRefusal> = {
  ...refundErrors,
  ...noteRules,
  invoice_not_found: unknown('invoice', 'invoice_id'),
  credit_note_not_found: unknown('credit note', 'id'),
  idempotency_key_used: conflict('Another credit note was made with this idempotency_key.'),
}
