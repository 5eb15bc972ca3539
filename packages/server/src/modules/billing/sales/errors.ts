import {
  type ErrorCatalogue,
  conflict,
  illegal,
  invalid,
  MAP_TOO_LARGE,
  unknown,
} from '../../../platform/http/index.ts'
import { namingErrors } from '../../routing/index.ts'
import { gatewaysDisabled } from '../collect/charge-errors.ts'
import { createErrors } from '../subscriptions/errors.ts'
import { extrasErrors } from '../extras/check-extras.ts'
import { invoiceErrors } from '../invoices/errors.ts'
import { refundErrors } from '../refunds/errors.ts'
import type { ChangeSaleRefusal } from './change-sale.ts'
import type { SaleRefusal, VoidSaleRefusal } from './refusals.ts'

export const saleErrors: ErrorCatalogue<SaleRefusal> = {
  sale_empty: invalid('A sale needs one product at least.', 'lines'),
  line_unclear: invalid(
    'Say what is sold: a product_id, a price_id, or a price with the product that it is of.',
  ),
  price_not_found: createErrors.price_not_found,
  price_inactive: invalid('This price is archived. Use an active one.'),
  product_not_found: createErrors.product_not_found,
  product_not_sellable: invalid(
    'This product cannot be sold like this: it is archived, billed by usage, or has no amount of its own. Name one of its prices, or another product.',
  ),
  currency_mismatch: invalid('All lines of a sale have one currency, which is its own.'),
  profile_disabled: invalid(
    'The subscription profile of this product is disabled or archived. Enable it, or attach another one.',
  ),
  shipped_line_unknown: invalid('There is no such line to be shipped.'),
  total_too_large: invalid(
    'The sale would cost more than an amount can say (2^53 - 1 minor units). Take fewer units.',
  ),
  ...extrasErrors,
  paid_at_in_future: invalid('A payment cannot lie in the future.', 'paid_by_hand.paid_at'),
  customer_not_found: createErrors.customer_not_found,
  ...namingErrors('payment_profile_id'),
  gateways_disabled: gatewaysDisabled('payment_method_id'),
  payment_method_not_found: createErrors.payment_method_not_found,
  payment_method_missing: invalid(
    'This customer has no default payment method. Name one, or send a payment_token.',
    'payment_method_id',
  ),
  forced_gateway_unavailable: invoiceErrors.forced_gateway_unavailable,
  no_gateway_available: invoiceErrors.no_gateway_available,
  attempt_forbidden: createErrors.attempt_forbidden,
}

export const changeSaleErrors: ErrorCatalogue<ChangeSaleRefusal> = {
  sale_not_found: unknown('sale'),
  map_too_large: MAP_TOO_LARGE,
  sale_line_unknown: invalid('There is no line at this position of the sale.', 'lines'),
}

export const voidSaleErrors: ErrorCatalogue<VoidSaleRefusal> = {
  ...refundErrors,
  sale_not_found: unknown('sale'),
  sale_being_paid: conflict('A charge of this sale is under way. Wait until its outcome is known.'),
  sale_already_voided: illegal('This sale was voided already.'),
}
