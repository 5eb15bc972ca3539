import {
  type ErrorCatalogue,
  conflict,
  illegal,
  impossible,
  invalid,
  unknown,
} from '../../../platform/http/index.ts'
import type { CreateMandateRefusal } from './create-mandate.ts'
import type { RequestMandateRefusal } from './mandate-requests.ts'
import type { ReinstateRefusal } from './move-mandate.ts'
import type { ScheduleRefusal } from './schedule-collection.ts'

export const mandateErrors: ErrorCatalogue<
  CreateMandateRefusal | ReinstateRefusal | RequestMandateRefusal | ScheduleRefusal
> = {
  idempotency_key_missing: invalid(
    'Send an Idempotency-Key header: an instruction must not be lodged twice.',
    'Idempotency-Key',
  ),
  sort_code_invalid: invalid('A sort code has six digits, such as 20-00-00.', 'sortCode'),
  account_number_invalid: invalid('An account number has eight digits.', 'accountNumber'),
  modulus_check_failed: invalid(
    'No account of this sort code has this number: one of the two is mistyped.',
    'accountNumber',
  ),
  customer_not_found: unknown('customer', 'customerId'),
  customer_lacks_name: impossible(
    'Bacs needs the name of the customer. Set it on the customer first.',
    'customerId',
  ),
  backup_method_not_found: unknown(
    'active payment method of this customer',
    'backupPaymentMethodId',
  ),
  invoice_not_found: unknown('invoice of this customer', 'invoiceId'),
  request_not_found: unknown('mandate request, or it was used already', 'requestToken'),
  request_expired: {
    status: 410,
    type: 'invalid_request_error',
    code: 'gone',
    message: 'The mandate request has expired. Make another one.',
    param: 'requestToken',
  },
  request_of_another: conflict('The mandate request was made for another customer.'),
  mandate_exists: conflict(
    'The customer has a mandate that is active or on its way. Cancel it first.',
  ),
  direct_debit_unavailable: impossible(
    'No enabled gateway of this account takes Bacs Direct Debits. Connect one that does.',
  ),
  bank_details_refused: impossible('The bureau does not accept this account.', 'accountNumber'),
  bureau_unreachable: {
    status: 502,
    type: 'api_error',
    code: 'bureau_unreachable',
    message: 'The bureau does not answer. Nothing was lodged; please try again.',
  },
  mandate_not_found: unknown('mandate'),
  mandate_state_invalid: illegal(
    'The mandate does not allow this in its present status. Read it to see where it is.',
  ),
  direct_debit_off: impossible('The gateway of this mandate is disabled. Enable it first.'),
  mandate_not_active: conflict('Only an active mandate can be debited.'),
  currency_not_gbp: impossible('Bacs moves pounds only: currency must be GBP.', 'currency'),
  source_unsupported: impossible('Only invoices can be collected.', 'sourceType'),
  source_not_found: unknown('invoice of the customer of this mandate', 'sourceId'),
  source_not_collectable: impossible(
    'The invoice is not finalized, or nothing is owed on it.',
    'sourceId',
  ),
  amount_above_owed: impossible('It is more than is owed on the invoice.', 'amountMinor'),
  source_being_paid: conflict('The invoice is being paid at this moment.'),
  date_not_eligible: impossible(
    'The date cannot be had. POST /dd/preview tells the earliest one.',
    'requestedCollectionDate',
  ),
}
