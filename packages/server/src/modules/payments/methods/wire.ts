import { encodeId } from '@perennial/core/ids'
import { formatInstant } from '@perennial/core/time'
import type { PaymentMethod } from './payment-method.ts'

export const CARD_BRANDS = [
  'visa',
  'mastercard',
  'amex',
  'discover',
  'diners',
  'jcb',
  'unionpay',
  'unknown',
] as const
export const CARD_FUNDINGS = ['credit', 'debit', 'prepaid', 'unknown'] as const
export const BANK_ACCOUNT_TYPES = ['checking', 'savings'] as const

/** What is not of the list counts as `byDefault`; null stays null. */
function oneOfOr<const Values extends readonly string[], Other>(
  values: Values,
  text: string | null,
  byDefault: Other,
): Values[number] | Other | null {
  if (text === null) return null
  return values.find((value) => value === text) ?? byDefault
}

function toWireBacs({ type, mandate, last4, bankName }: PaymentMethod) {
  if (type !== 'bacs_direct_debit') return null
  return {
    mandate_id: mandate === null ? '' : encodeId('mandate', mandate.id),
    mandate_status: mandate?.status ?? 'none',
    mandate_ref: mandate?.ref ?? null,
    sort_code: mandate === null ? null : maskSortCode(mandate.sortCodeLast2),
    account_number_last4: last4,
    bank_name: bankName,
  }
}

export function maskSortCode(last2: string): string {
  return `**-**-${last2}`
}

/** The method as the API and events show it: `id` is the UUID, `public_id` the prefixed form (revkeen 5.3, 12.1). */
export function toWireMethod(method: PaymentMethod) {
  return {
    id: String(method.id),
    object: 'payment_method' as const,
    public_id: encodeId('payment_method', method.id),
    customer_id: encodeId('customer', method.customerId),
    type: method.type,
    status: method.status,
    is_default: method.isDefault,
    card:
      method.type === 'card'
        ? {
            brand: oneOfOr(CARD_BRANDS, method.brand, 'unknown' as const),
            last4: method.last4,
            exp_month: method.expMonth,
            exp_year: method.expYear,
            funding: oneOfOr(CARD_FUNDINGS, method.funding, 'unknown' as const),
            wallet: method.wallet,
          }
        : null,
    us_bank_account:
      method.type === 'us_bank_account'
        ? {
            bank_name: method.bankName,
            last4: method.last4,
            routing_number_last4: method.routingLast4,
            account_type: oneOfOr(BANK_ACCOUNT_TYPES, method.bankAccountType, null),
          }
        : null,
    bacs_direct_debit: toWireBacs(method),
    bank_account:
      method.type === 'bank_account' ? { last4: method.last4, country: method.country } : null,
    priority: method.priority,
    fingerprint: method.fingerprint,
    billing_details: method.billingDetails,
    metadata: method.metadata,
    created_at: formatInstant(method.createdAt),
    updated_at: formatInstant(method.updatedAt),
  }
}
