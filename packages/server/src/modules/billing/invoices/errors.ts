import {
  type ErrorCatalogue,
  conflict,
  illegal,
  invalid,
  unknown,
  MAP_TOO_LARGE,
} from '../../../platform/http/index.ts'
import { FORBIDDEN, NO_GATEWAY, gatewaysDisabled } from '../collect/charge-errors.ts'
import type { DraftRefusal } from './draft-invoice.ts'
import type { DeleteRefusal, EditRefusal } from './edit-invoice.ts'
import type { FinalizeRefusal, SendRefusal } from './issue-invoice.ts'
import type { PayRefusal } from './pay-invoice.ts'
import type { RecordRefusal } from './record-payment.ts'
import type { VoidRefusal, WriteOffRefusal } from './void-invoice.ts'

export const invoiceErrors: ErrorCatalogue<
  | DraftRefusal
  | EditRefusal
  | DeleteRefusal
  | FinalizeRefusal
  | SendRefusal
  | VoidRefusal
  | WriteOffRefusal
  | PayRefusal
  | RecordRefusal
> = {
  invoice_not_found: unknown('invoice'),
  customer_not_found: unknown('customer', 'customer_uuid'),
  price_not_found: unknown('price'),
  product_not_found: unknown('product'),
  payment_method_not_found: unknown('payment method of this customer', 'paymentMethodId'),
  gateway_not_found: unknown('gateway', 'gateway_id'),
  gateway_not_chargeable: invalid(
    'That gateway is disabled, or has no token of this payment method. Enable it, give the method a token of it, or leave the gateway out.',
    'gateway_id',
  ),
  forced_gateway_unavailable: illegal(
    'The subscription is forced to a gateway that is disabled or has no token of this payment method. Enable it, or clear forced_gateway_id.',
  ),
  no_gateway_available: NO_GATEWAY,
  attempt_forbidden: FORBIDDEN,

  number_reserved: invalid(
    'Numbers of this form are given automatically. Use another form, or none.',
    'invoice_number',
  ),
  number_taken: invalid('Another invoice has this number.', 'invoice_number'),
  due_in_past: invalid('The due date lies in the past.', 'due_date'),
  total_missing: invalid('Give a total, or lines that make one.', 'total_minor'),
  total_differs: invalid(
    'The total is the sum of the lines. Leave it out, or change the lines.',
    'total_minor',
  ),
  total_too_large: invalid('The lines sum to more than can be told exactly.', 'line_items'),
  line_amount_missing: invalid('Give the line an amount or a price.', 'line_items'),
  line_description_missing: invalid('Say what the line is for.', 'line_items'),
  currency_mismatch: invalid(
    'The price is in another currency than the invoice. Give the line an amount of its own.',
    'line_items',
  ),
  product_not_sellable: invalid(
    'This product is not on sale. Activate it, or give the line an amount of its own.',
    'line_items',
  ),
  price_inactive: invalid(
    'This price is archived. Name an active one, or give the line an amount of its own.',
    'line_items',
  ),
  map_too_large: MAP_TOO_LARGE,
  paid_at_in_future: invalid('A payment cannot lie in the future.', 'paid_at'),
  invoice_overpaid: invalid('That is more than is owed on this invoice.', 'amount_minor'),
  gateways_disabled: gatewaysDisabled('paymentMethodId'),
  payment_method_missing: invalid(
    'This customer has no default payment method. Name one, or attach one first.',
    'paymentMethodId',
  ),

  invoice_frozen: conflict(
    'Amounts, lines and due date of an invoice are fixed once it is finalized. Void it and make another.',
  ),
  invoice_being_paid: conflict('A payment of this invoice is under way. Wait for its outcome.'),
  invoice_of_subscription: conflict('A draft of a subscription cannot be deleted. Void it.'),

  invoice_not_draft: illegal('Only a draft allows this.'),
  invoice_empty: illegal('An invoice without lines and without a total cannot be finalized.'),
  invoice_not_sendable: illegal('Only an invoice that is issued and not settled can be sent.'),
  customer_unreachable: illegal('The customer has no e-mail address to send this to.'),
  customer_deleted: illegal('The customer is deleted and cannot be charged any more.'),
  invoice_not_payable: illegal('This invoice is not waiting for money.'),
  invoice_already_void: illegal('This invoice is void already.'),
  invoice_has_payment: illegal(
    'Money was paid on this invoice, or a credit note gives some of it back. Refund what was paid, and void the credit note first.',
  ),
  invoice_written_off: illegal('This invoice is written off. It can only be paid.'),
}
