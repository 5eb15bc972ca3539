import type { RefundsRefusal } from '../refunds/refund-bill.ts'
import type { ExtrasRefusal } from '../extras/check-extras.ts'
import type { NamingRefusal } from '../../routing/index.ts'
import type { LinesRefusal } from './price-lines.ts'

export type SaleRefusal =
  | LinesRefusal
  | ExtrasRefusal
  | 'paid_at_in_future'
  | 'customer_not_found'
  | NamingRefusal
  | 'gateways_disabled'
  | 'payment_method_not_found'
  | 'payment_method_missing'
  | 'forced_gateway_unavailable'
  | 'no_gateway_available'
  | 'attempt_forbidden'

export type VoidSaleRefusal =
  | 'sale_not_found'
  | 'sale_being_paid'
  | 'sale_already_voided'
  | RefundsRefusal
